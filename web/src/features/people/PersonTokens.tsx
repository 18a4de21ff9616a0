import type { AccessToken, PersonDetail } from '@arno/protocol';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Panel } from '../../ui/Page.tsx';
import { ExactTime, RelativeTime } from '../../ui/Time.tsx';
import { RevokeOne } from './PersonKeys.tsx';
import styles from './people.module.css';
import { useRevoke } from './useRevoke.ts';

/** Somebody's personal tokens, with when they were used last and when they end. */
export function PersonTokens({ person: { id, name, access_tokens: tokens } }: { person: PersonDetail }) {
  const { t } = useTranslation();
  const revoke = useRevoke(id, 'tokens');
  const text = t('people.revoke.tokensText');
  const revokeOne = (token: AccessToken) => {
    const title = t('people.revoke.oneTitle', { name: token.name });
    revoke({ title, text, action: t('people.revoke.one') }, token.id);
  };
  const revokeAll = () =>
    revoke({ title: t('people.revoke.tokensTitle', { name }), text, action: t('people.revoke.all') });
  const columns = useTokenColumns(revokeOne);
  return (
    <Panel
      flush
      title={t('people.tokens.title')}
      aside={
        tokens.length > 1 && (
          <Button className={styles.fixed} size="compact-xs" variant="subtle" color="red" onClick={revokeAll}>
            {t('people.revoke.all')}
          </Button>
        )
      }
    >
      {tokens.length === 0 ? (
        <p className={styles.none}>{t('people.tokens.none')}</p>
      ) : (
        <DataTable
          label={t('people.tokens.title')}
          columns={columns}
          rows={tokens}
          rowKey={(token) => token.id}
          under={({ last_used_at: used }) => (
            <>
              {t('keys.used')}: {used ? <RelativeTime value={used} /> : t('people.never')}
            </>
          )}
        />
      )}
    </Panel>
  );
}

function useTokenColumns(onRevoke: (token: AccessToken) => void): Column<AccessToken>[] {
  const { t } = useTranslation();
  return [
    { id: 'name', header: t('keys.name'), cell: ({ name }) => <span title={name}>{name}</span> },
    {
      id: 'expires',
      header: t('keys.expires'),
      ...{ width: '28%', from: 'md' },
      cell: ({ expires_at: expires }) => (expires ? <ExactTime value={expires} /> : t('keys.noExpiry')),
    },
    {
      id: 'used',
      header: t('keys.used'),
      ...{ width: '150px', from: 'md' },
      cell: ({ last_used_at: used }) => (used ? <RelativeTime value={used} /> : t('people.never')),
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
      cell: (token) => <RevokeOne name={token.name} onClick={() => onRevoke(token)} />,
    },
  ];
}
