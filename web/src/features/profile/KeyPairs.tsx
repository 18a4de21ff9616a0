import type { KeyPair } from '@arno/protocol';
import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import type { Column } from '../../ui/DataTable.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { CredentialList } from './CredentialList.tsx';
import { clearmlConf } from './clearmlConf.ts';
import { LastUse } from './LastUse.tsx';
import { NewSecret } from './NewSecret.tsx';
import { createKey, keysQuery, revokeKey } from './queries.ts';

/** Key pairs of the ClearML SDK and of agents. */
export function KeyPairs() {
  const { t } = useTranslation();
  return (
    <CredentialList
      title={t('keys.pairs')}
      none={t('keys.noPairs')}
      query={useQuery(keysQuery)}
      queryKey={keysQuery.queryKey}
      columns={useColumns()}
      rowKey={(key) => key.access_key}
      under={(key) => (
        <>
          {key.label && <span>{key.label} · </span>}
          <LastUse at={key.last_used_at} />
        </>
      )}
      nameOf={(key) => key.label ?? key.access_key}
      loss={t('keys.revokePair')}
      revoke={(key) => revokeKey(key.access_key)}
      dialog={(props) => <NewKey {...props} />}
    />
  );
}

function useColumns(): Column<KeyPair>[] {
  const { t } = useTranslation();
  return [
    { id: 'key', header: t('keys.accessKey'), cell: (key) => <span className="mono">{key.access_key}</span> },
    { id: 'label', header: t('keys.label'), width: '22%', from: 'md', cell: (key) => key.label },
    {
      id: 'created',
      header: t('keys.created'),
      width: '130px',
      from: 'lg',
      cell: (key) => <RelativeTime value={key.created_at} />,
    },
    {
      id: 'used',
      header: t('keys.used'),
      width: '210px',
      from: 'md',
      cell: (key) => <LastUse at={key.last_used_at} from={key.last_used_from} />,
    },
  ];
}

function NewKey({ opened, onClose }: { opened: boolean; onClose: () => void }) {
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
    <NewSecret
      opened={opened}
      onClose={close}
      title={t('keys.newPair')}
      readyTitle={t('keys.pairReady')}
      create={create}
      onSubmit={form.onSubmit(({ label }) => create.mutate(label.trim()))}
      secret={(pair) => <Snippet title="~/clearml.conf" code={clearmlConf(address, pair)} />}
    >
      <TextInput
        label={t('keys.label')}
        description={t('keys.labelHint')}
        maxLength={200}
        data-autofocus
        key={form.key('label')}
        {...form.getInputProps('label')}
      />
    </NewSecret>
  );
}
