import type { ConsumerKey } from '@arno/protocol';
import { ActionIcon, Button, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots, IconKey, IconPlus, IconRotate, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConfirm } from '../../ui/Confirm.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Section } from '../../ui/Page.tsx';
import { ExactTime, RelativeTime } from '../../ui/Time.tsx';
import { NewKeyDialog, RotateKeyDialog } from './KeyDialogs.tsx';
import type { CallablePath } from './kinds.ts';
import styles from './mappings.module.css';
import { keysQuery, refreshKeys, revokeKey } from './queries.ts';
import type { Published } from './snippets.ts';
import { useMayEdit } from './useMayEdit.ts';

interface Props {
  path: CallablePath;
  published: Published;
}

/** The keys of programs for one mapping. */
export function ConsumerKeys({ path, published }: Props) {
  const { t } = useTranslation();
  const mayEdit = useMayEdit();
  const [opened, { open, close }] = useDisclosure(false);
  const [rotated, setRotated] = useState<ConsumerKey>();
  const { data } = useQuery(keysQuery(path, published.id));
  return (
    <Section
      title={t('mappings.keys.title')}
      aside={
        mayEdit && (
          <Button size="compact-xs" variant="light" leftSection={<IconPlus size={14} />} onClick={open}>
            {t('action.new')}
          </Button>
        )
      }
    >
      {data?.items.length === 0 && <p className="dim">{t('mappings.keys.none')}</p>}
      {data?.items.map((key) => (
        <Key key={key.id} entry={key} {...{ path, published }} onRotate={() => setRotated(key)} />
      ))}
      <NewKeyDialog {...{ path, published, opened }} onClose={close} />
      <RotateKeyDialog {...{ path, published }} entry={rotated} onClose={() => setRotated(undefined)} />
    </Section>
  );
}

function Key({ entry, path, published, onRotate }: Props & { entry: ConsumerKey; onRotate: () => void }) {
  const { t } = useTranslation();
  const mayEdit = useMayEdit();
  const confirm = useConfirm();
  const client = useQueryClient();
  async function revoke() {
    const done = await confirm({
      title: t('mappings.keys.revokeTitle', { name: entry.name }),
      text: t('mappings.keys.revokeText'),
      action: t('mappings.keys.revoke'),
      run: () => revokeKey(path, published.id, entry.id),
    });
    if (!done) return;
    notifyDone(t('mappings.keys.revoked', { name: entry.name }));
    await refreshKeys(client, path, published.id);
  }
  return (
    <div className={styles.key}>
      <span className={styles.copied}>
        <IconKey size={15} style={{ flex: 'none', opacity: 0.6 }} aria-hidden />
        <strong>{entry.name}</strong>
      </span>
      {mayEdit && (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon size="sm" aria-label={t('mappings.keys.actions', { name: entry.name })}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconRotate size={15} />} onClick={onRotate}>
              {t('mappings.keys.rotate')}
            </Menu.Item>
            <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={revoke}>
              {t('mappings.keys.revoke')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <KeyFacts entry={entry} />
    </div>
  );
}

function KeyFacts({ entry }: { entry: ConsumerKey }) {
  const { t } = useTranslation();
  const { last_used_at: used, expires_at: expires, previous_expires_at: previous } = entry;
  return (
    <span className="dim" style={{ gridColumn: '1 / -1', fontSize: 12.5 }}>
      {used ? (
        <>
          {t('mappings.keys.used')} <RelativeTime value={used} />
        </>
      ) : (
        t('mappings.keys.unused')
      )}
      {' · '}
      {expires ? (
        <>
          {t('mappings.keys.expires')} <ExactTime value={expires} />
        </>
      ) : (
        t('keys.noExpiry')
      )}
      {previous && (
        <>
          {' · '}
          {t('mappings.keys.previous')} <ExactTime value={previous} />
        </>
      )}
    </span>
  );
}
