import { type FileDeletion, type FileDeletionState, fileDeletionStates } from '@arno/protocol';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { formatNumber } from '../../ui/format.ts';
import { Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { FilterChips } from '../../ui/Toolbar.tsx';
import styles from './HealthPage.module.css';
import { fileDeletionsQuery } from './queries.ts';

const route = getRouteApi('/frame/health');

/** What became of the files of deleted tasks and models. */
export function FileDeletionList({ counts }: { counts: Record<FileDeletionState, number> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { files } = route.useSearch();
  const navigate = route.useNavigate();
  const present = fileDeletionStates.filter((state) => counts[state] > 0 || state === files);
  return (
    <Panel title={t('health.deletions.title')} flush>
      <p className={styles.note}>
        {t(present.length > 0 ? 'health.deletions.text' : 'health.deletions.none')}
      </p>
      {present.length > 0 && (
        <div className={styles.chips}>
          <FilterChips
            label={t('health.deletions.state')}
            options={present.map((value) => ({
              value,
              label: `${t(`health.deletions.${value}`)} ${formatNumber(counts[value], locale)}`,
            }))}
            selected={files ? [files] : []}
            onToggle={(state) =>
              void navigate({ search: state === files ? {} : { files: state }, replace: true })
            }
          />
        </div>
      )}
      {files && <Deletions key={files} state={files} />}
    </Panel>
  );
}

function Deletions({ state }: { state: FileDeletionState }) {
  const { t } = useTranslation();
  const columns = useColumns();
  const { data, isError, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    fileDeletionsQuery(state),
  );
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  return (
    <>
      <DataTable
        label={t('health.deletions.title')}
        columns={columns}
        rows={data?.pages.flatMap(({ items }) => items)}
        rowKey={({ id }) => `${id}`}
        under={({ detail }) => detail}
      />
      {hasNextPage && (
        <div className={styles.more}>
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('health.deletions.more')}
          </Button>
        </div>
      )}
    </>
  );
}

function useColumns(): Column<FileDeletion>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  return [
    {
      id: 'url',
      header: t('health.deletions.file'),
      cell: ({ url }) => <span title={url}>{url}</span>,
    },
    {
      id: 'owner',
      header: t('health.deletions.owner'),
      width: '120px',
      from: 'md',
      cell: ({ owner }) => <Id value={owner} />,
    },
    {
      id: 'by',
      header: t('health.deletions.by'),
      width: '150px',
      from: 'lg',
      cell: ({ requested_by: by }) => by,
    },
    {
      id: 'attempts',
      header: t('health.deletions.attempts'),
      width: '100px',
      align: 'right',
      from: 'lg',
      cell: ({ attempts }) => formatNumber(attempts, locale),
    },
    {
      id: 'at',
      header: t('health.deletions.at'),
      width: '130px',
      align: 'right',
      from: 'md',
      cell: ({ requested_at: at, finished_at: end }) => <RelativeTime value={end ?? at} />,
    },
  ];
}
