import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { type QueryKey, type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useConfirm } from '../../ui/Confirm.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import styles from './profile.module.css';

interface Props<Row> {
  title: string;
  /** What to do first, said while there is none. */
  none: string;
  query: UseQueryResult<{ items: Row[] }>;
  queryKey: QueryKey;
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** A second line on phones. */
  under: (row: Row) => ReactNode;
  /** As people know it. */
  nameOf: (row: Row) => string;
  /** What stops working when it is revoked. */
  loss: string;
  revoke: (row: Row) => Promise<void>;
  /** The dialog that makes another one. */
  dialog: (props: { opened: boolean; onClose: () => void }) => ReactNode;
}

/** What a person's programs prove themselves with: a list to add to and to revoke from. */
export function CredentialList<Row>(props: Props<Row>) {
  const { title, none, query, columns, rowKey, under, dialog } = props;
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const { data, isError, error, refetch } = query;
  const revokeColumn = useRevokeColumn(props);
  return (
    <Panel
      flush
      title={title}
      aside={
        <Button size="xs" leftSection={<IconPlus size={15} />} onClick={open}>
          {t('action.new')}
        </Button>
      }
    >
      {isError && !data && <FailureMessage error={error} onRetry={refetch} />}
      {data?.items.length === 0 && <p className={styles.none}>{none}</p>}
      {!isError && data?.items.length !== 0 && (
        <DataTable
          label={title}
          columns={[...columns, revokeColumn]}
          rows={data?.items}
          rowKey={rowKey}
          under={under}
          skeletonRows={2}
        />
      )}
      {dialog({ opened, onClose: close })}
    </Panel>
  );
}

function useRevokeColumn<Row>({ nameOf, loss, revoke, queryKey }: Props<Row>): Column<Row> {
  const { t } = useTranslation();
  const client = useQueryClient();
  const confirm = useConfirm();
  async function ask(row: Row) {
    const name = nameOf(row);
    const done = await confirm({
      title: t('keys.revokeTitle', { name }),
      text: loss,
      action: t('keys.revoke'),
      run: () => revoke(row),
    });
    if (!done) return;
    notifyDone(t('keys.revoked', { name }));
    await client.invalidateQueries({ queryKey });
  }
  return {
    id: 'revoke',
    header: '',
    width: '104px',
    align: 'right',
    cell: (row) => (
      <Button
        size="compact-xs"
        variant="subtle"
        color="red"
        onClick={() => ask(row)}
        aria-label={`${t('keys.revoke')} ${nameOf(row)}`}
      >
        {t('keys.revoke')}
      </Button>
    ),
  };
}
