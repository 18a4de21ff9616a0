import type { KeyPair, PersonDetail } from '@arno/protocol';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Panel } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './people.module.css';
import { useRevoke } from './useRevoke.ts';

/** Somebody's key pairs, with when and where they were used last. */
export function PersonKeys({ person: { id, name, key_pairs: keys } }: { person: PersonDetail }) {
  const { t } = useTranslation();
  const revoke = useRevoke(id, 'keys');
  const text = t('people.revoke.keysText');
  const revokeOne = ({ access_key: key, label }: KeyPair) => {
    const title = t('people.revoke.oneTitle', { name: label || key });
    revoke({ title, text, action: t('people.revoke.one') }, key);
  };
  const revokeAll = () =>
    revoke({ title: t('people.revoke.keysTitle', { name }), text, action: t('people.revoke.all') });
  const columns = useKeyColumns(revokeOne);
  return (
    <Panel
      flush
      title={t('people.keys.title')}
      aside={
        keys.length > 1 && (
          <Button className={styles.fixed} size="compact-xs" variant="subtle" color="red" onClick={revokeAll}>
            {t('people.revoke.all')}
          </Button>
        )
      }
    >
      {keys.length === 0 ? (
        <p className={styles.none}>{t('people.keys.none')}</p>
      ) : (
        <DataTable
          label={t('people.keys.title')}
          columns={columns}
          rows={keys}
          rowKey={(key) => key.access_key}
          under={({ label, last_used_at: used }) => (
            <>
              {label && `${label} · `}
              {used ? <RelativeTime value={used} /> : t('people.never')}
            </>
          )}
        />
      )}
    </Panel>
  );
}

function useKeyColumns(onRevoke: (key: KeyPair) => void): Column<KeyPair>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'key',
      header: t('keys.accessKey'),
      cell: ({ access_key: key }) => (
        <span className="mono" title={key}>
          {key}
        </span>
      ),
    },
    { id: 'label', header: t('keys.label'), width: '22%', from: 'md', cell: ({ label }) => label },
    {
      id: 'used',
      header: t('keys.used'),
      ...{ width: '150px', from: 'md' },
      cell: ({ last_used_at: used, last_used_from: from }) =>
        used ? <LastUse at={used} from={from} /> : t('people.never'),
    },
    {
      id: 'created',
      header: t('keys.created'),
      ...{ width: '130px', from: 'lg' },
      cell: ({ created_at: created }) => <RelativeTime value={created} />,
    },
    {
      id: 'revoke',
      header: '',
      ...{ width: '96px', align: 'right' },
      cell: (key) => <RevokeOne name={key.label || key.access_key} onClick={() => onRevoke(key)} />,
    },
  ];
}

function LastUse({ at, from }: { at: string; from?: string | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <RelativeTime value={at} />
      {from && (
        <div className="dim">{t('people.lastUsedFrom', { address: from.replace('::ffff:', '') })}</div>
      )}
    </>
  );
}

/** The button at the end of a row that asks whether to revoke it. */
export function RevokeOne({ name, onClick }: { name: string; onClick: () => void }) {
  const { t } = useTranslation();
  const word = t('people.revoke.one');
  return (
    <Button
      className={styles.fixed}
      size="compact-xs"
      variant="subtle"
      color="red"
      onClick={onClick}
      aria-label={`${word} ${name}`}
    >
      {word}
    </Button>
  );
}
