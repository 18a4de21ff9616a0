import type { AccessToken } from '@arno/protocol';
import { Button, Group, Modal, Select, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { ExactTime, RelativeTime } from '../../ui/Time.tsx';
import { FormError } from './FormError.tsx';
import styles from './profile.module.css';
import { createToken, revokeToken, tokensQuery } from './queries.ts';
import { RevokeButton } from './RevokeButton.tsx';
import { Secret } from './Secret.tsx';

const lifetimes = ['30', '90', '365', ''] as const;

/** Personal tokens for the gateway. */
export function Tokens() {
  const { t } = useTranslation();
  const columns = useColumns();
  const [opened, { open, close }] = useDisclosure(false);
  const { data, isError, error, refetch } = useQuery(tokensQuery);
  return (
    <Panel
      flush
      title={t('keys.tokens')}
      aside={
        <Button size="xs" leftSection={<IconPlus size={15} />} onClick={open}>
          {t('action.new')}
        </Button>
      }
    >
      {isError && !data && <FailureMessage error={error} onRetry={refetch} />}
      {data?.items.length === 0 && <p className={styles.none}>{t('keys.noTokens')}</p>}
      {!isError && data?.items.length !== 0 && (
        <DataTable
          label={t('keys.tokens')}
          columns={columns}
          rows={data?.items}
          rowKey={(token) => token.id}
          skeletonRows={2}
        />
      )}
      <NewTokenModal opened={opened} onClose={close} />
    </Panel>
  );
}

function useColumns(): Column<AccessToken>[] {
  const { t } = useTranslation();
  return [
    { id: 'name', header: t('keys.name'), cell: (token) => token.name },
    {
      id: 'created',
      header: t('keys.created'),
      width: '140px',
      from: 'lg',
      cell: (token) => <RelativeTime value={token.created_at} />,
    },
    {
      id: 'expires',
      header: t('keys.expires'),
      width: '24%',
      from: 'md',
      cell: (token) => (token.expires_at ? <ExactTime value={token.expires_at} /> : t('keys.noExpiry')),
    },
    {
      id: 'used',
      header: t('keys.used'),
      width: '140px',
      from: 'md',
      cell: (token) => (token.last_used_at ? <RelativeTime value={token.last_used_at} /> : t('keys.never')),
    },
    {
      id: 'revoke',
      header: '',
      width: '104px',
      align: 'right',
      cell: (token) => (
        <RevokeButton
          name={token.name}
          text={t('keys.revokeToken')}
          revoke={() => revokeToken(token.id)}
          queryKey={tokensQuery.queryKey}
        />
      ),
    },
  ];
}

function NewTokenModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { create, form, submit } = useNewToken();
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
      title={<strong>{t(create.data ? 'keys.tokenReady' : 'keys.newToken')}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      closeOnClickOutside={!create.data}
    >
      {create.data ? (
        <Secret onDone={close}>
          <Snippet title={t('keys.token')} code={create.data.token} />
        </Secret>
      ) : (
        <form onSubmit={submit} className={styles.secret} noValidate>
          <FormError error={create.error} />
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
