import type { AccessToken } from '@arno/protocol';
import { Select, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Column } from '../../ui/DataTable.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { CredentialList } from './CredentialList.tsx';
import { Expiry } from './Expiry.tsx';
import { LastUse } from './LastUse.tsx';
import { NewSecret } from './NewSecret.tsx';
import { createToken, revokeToken, tokensQuery } from './queries.ts';

const lifetimes = ['30', '90', '365', ''] as const;

/** Personal tokens for the gateway. */
export function Tokens() {
  const { t } = useTranslation();
  return (
    <CredentialList
      title={t('keys.tokens')}
      none={t('keys.noTokens')}
      query={useQuery(tokensQuery)}
      queryKey={tokensQuery.queryKey}
      columns={useColumns()}
      rowKey={(token) => token.id}
      under={(token) => (
        <>
          <Expiry at={token.expires_at} /> · <LastUse at={token.last_used_at} />
        </>
      )}
      nameOf={(token) => token.name}
      loss={t('keys.revokeToken')}
      revoke={(token) => revokeToken(token.id)}
      dialog={(props) => <NewToken {...props} />}
    />
  );
}

function useColumns(): Column<AccessToken>[] {
  const { t } = useTranslation();
  return [
    { id: 'name', header: t('keys.name'), cell: (token) => token.name },
    {
      id: 'created',
      header: t('keys.created'),
      width: '130px',
      from: 'lg',
      cell: (token) => <RelativeTime value={token.created_at} />,
    },
    {
      id: 'expires',
      header: t('keys.expires'),
      width: '22%',
      from: 'md',
      cell: (token) => <Expiry at={token.expires_at} />,
    },
    {
      id: 'used',
      header: t('keys.used'),
      width: '210px',
      from: 'md',
      cell: (token) => <LastUse at={token.last_used_at} />,
    },
  ];
}

function NewToken({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { create, form, submit } = useNewToken();
  function close() {
    onClose();
    create.reset();
    form.reset();
  }
  return (
    <NewSecret
      opened={opened}
      onClose={close}
      title={t('keys.newToken')}
      readyTitle={t('keys.tokenReady')}
      create={create}
      onSubmit={submit}
      secret={({ token }) => <Snippet title={t('keys.token')} code={token} />}
    >
      <TextInput
        label={t('keys.name')}
        description={t('keys.nameHint')}
        maxLength={200}
        required
        data-autofocus
        key={form.key('name')}
        {...form.getInputProps('name')}
      />
      <Select
        label={t('keys.lifetime')}
        data={lifetimes.map((days) => ({
          value: days,
          label: days ? t('keys.days', { count: Number(days) }) : t('keys.noExpiry'),
        }))}
        allowDeselect={false}
        key={form.key('days')}
        {...form.getInputProps('days')}
      />
    </NewSecret>
  );
}

function useNewToken() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', days: '90' },
    validateInputOnBlur: true,
    validate: { name: isNotEmpty(t('keys.nameMissing')) },
  });
  const create = useMutation({
    mutationFn: createToken,
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  const submit = form.onSubmit(({ name, days }) =>
    create.mutate({ name: name.trim(), ...(days && { expires_in_days: Number(days) }) }),
  );
  return { create, form, submit };
}
