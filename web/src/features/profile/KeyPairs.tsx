import type { KeyPair } from '@arno/protocol';
import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { clearmlConf } from './clearmlConf.ts';
import { FormError } from './FormError.tsx';
import styles from './profile.module.css';
import { createKey, keysQuery, revokeKey } from './queries.ts';
import { RevokeButton } from './RevokeButton.tsx';
import { Secret } from './Secret.tsx';

/** Key pairs of the ClearML SDK and of agents. */
export function KeyPairs() {
  const { t } = useTranslation();
  const columns = useColumns();
  const [opened, { open, close }] = useDisclosure(false);
  const { data, isError, error, refetch } = useQuery(keysQuery);
  return (
    <Panel
      flush
      title={t('keys.pairs')}
      aside={
        <Button size="xs" leftSection={<IconPlus size={15} />} onClick={open}>
          {t('action.new')}
        </Button>
      }
    >
      {isError && !data && <FailureMessage error={error} onRetry={refetch} />}
      {data?.items.length === 0 && <p className={styles.none}>{t('keys.noPairs')}</p>}
      {!isError && data?.items.length !== 0 && (
        <DataTable
          label={t('keys.pairs')}
          columns={columns}
          rows={data?.items}
          rowKey={(key) => key.access_key}
          skeletonRows={2}
        />
      )}
      <NewKeyModal opened={opened} onClose={close} />
    </Panel>
  );
}

function useColumns(): Column<KeyPair>[] {
  const { t } = useTranslation();
  return [
    { id: 'key', header: t('keys.accessKey'), cell: (key) => <span className="mono">{key.access_key}</span> },
    { id: 'label', header: t('keys.label'), width: '24%', from: 'md', cell: (key) => key.label },
    {
      id: 'created',
      header: t('keys.created'),
      width: '140px',
      from: 'lg',
      cell: (key) => <RelativeTime value={key.created_at} />,
    },
    {
      id: 'used',
      header: t('keys.used'),
      width: '140px',
      from: 'md',
      cell: (key) => (key.last_used_at ? <RelativeTime value={key.last_used_at} /> : t('keys.never')),
    },
    {
      id: 'revoke',
      header: '',
      width: '104px',
      align: 'right',
      cell: (key) => (
        <RevokeButton
          name={key.label ?? key.access_key}
          text={t('keys.revokePair')}
          revoke={() => revokeKey(key.access_key)}
          queryKey={keysQuery.queryKey}
        />
      ),
    },
  ];
}

function NewKeyModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({ mode: 'uncontrolled', initialValues: { label: '' } });
  const create = useMutation({
    mutationFn: createKey,
    onSuccess: () => client.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
  function close() {
    onClose();
    create.reset();
    form.reset();
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={<strong>{t(create.data ? 'keys.pairReady' : 'keys.newPair')}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      closeOnClickOutside={!create.data}
    >
      {create.data ? (
        <Secret onDone={close}>
          <Snippet title="~/clearml.conf" code={clearmlConf(address, create.data)} />
        </Secret>
      ) : (
        <form onSubmit={form.onSubmit(({ label }) => create.mutate(label.trim()))} className={styles.secret}>
          <FormError error={create.error} />
          <TextInput
            label={t('keys.label')}
            description={t('keys.labelHint')}
            maxLength={200}
            data-autofocus
            key={form.key('label')}
            {...form.getInputProps('label')}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              {t('action.create')}
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}
