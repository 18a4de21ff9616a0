import type { RemovedPerson } from '@arno/protocol';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { Panel } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './people.module.css';
import { readmit, refreshPeople, removedQuery } from './queries.ts';

/** People whom the single sign-on does not let in because their account was deleted; nothing while there are none. */
export function RemovedPeople() {
  const { t } = useTranslation();
  const { data } = useQuery(removedQuery);
  if (!data || data.items.length === 0) return null;
  const columns: Column<RemovedPerson>[] = [
    { id: 'name', header: t('people.column.name'), cell: ({ name }) => name },
    {
      id: 'username',
      header: t('people.column.username'),
      ...{ width: '24%', from: 'md' },
      cell: ({ username }) => username,
    },
    {
      id: 'removed',
      header: t('people.removed.when'),
      ...{ width: '150px', from: 'md' },
      cell: ({ removed_at: removed }) => <RelativeTime value={removed} />,
    },
    { id: 'readmit', header: '', width: '150px', align: 'right', cell: (person) => <Readmit {...person} /> },
  ];
  return (
    <Panel flush title={t('people.removed.title')} className={styles.after}>
      <p className={styles.note}>{t('people.removed.text')}</p>
      <DataTable
        label={t('people.removed.title')}
        columns={columns}
        rows={data.items}
        rowKey={({ id }) => id}
        under={({ username }) => username}
      />
    </Panel>
  );
}

function Readmit({ id, name }: RemovedPerson) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: () => readmit(id),
    onSuccess: () => {
      notifyDone(t('people.removed.readmitted', { name }));
      return refreshPeople(client);
    },
    onError: (error) => notifyFailure(t('people.removed.readmit'), error),
  });
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      loading={mutation.isPending}
      onClick={() => mutation.mutate()}
      aria-label={`${t('people.removed.readmit')}: ${name}`}
    >
      {t('people.removed.readmit')}
    </Button>
  );
}
