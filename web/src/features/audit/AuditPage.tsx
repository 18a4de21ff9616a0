import type { AuditEntry } from '@arno/protocol';
import { Button } from '@mantine/core';
import { IconFilterOff, IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { type RefObject, useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { formatNumber } from '../../ui/format.ts';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { SplitView } from '../../ui/SplitView.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { AuditFilters } from './AuditFilters.tsx';
import styles from './audit.module.css';
import { useAuditColumns } from './auditColumns.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { auditQuery } from './queries.ts';
import type { AuditSearch } from './search.ts';

const route = getRouteApi('/frame/audit');

/** Who changed what: the newest first, with the open entry beside the list. */
export function AuditPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const change = useChange();
  const field = useRef<HTMLInputElement>(null);
  const { id } = useParams({ strict: false }) as { id?: string };
  return (
    <>
      <PageHeader
        title={t('audit.title')}
        description={t('audit.description')}
        actions={<ExportMenu search={search} />}
      />
      <SplitView
        open={id !== undefined}
        list={
          <>
            <Toolbar>
              <SearchInput
                ref={field}
                value={search.q ?? ''}
                placeholder={t('audit.search')}
                onSearch={(q) => change({ q: q || undefined })}
              />
              <AuditFilters search={search} onChange={change} />
            </Toolbar>
            <AuditTable search={search} selected={id} field={field} />
          </>
        }
        detail={<Outlet />}
      />
    </>
  );
}

interface TableProps {
  search: AuditSearch;
  selected: string | undefined;
  field: RefObject<HTMLInputElement | null>;
}

const keyOf = ({ id }: AuditEntry) => String(id);

function AuditTable({ search, selected, field }: TableProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const query = useInfiniteQuery(auditQuery(search));
  const rows = query.data?.pages.flatMap(({ items }) => items);
  const columns = useAuditColumns();
  const cursor = useListKeys({
    rows: rows ?? [],
    onOpen: (entry) =>
      void navigate({ to: '/audit/$id', params: { id: keyOf(entry) }, search: (old) => old as AuditSearch }),
    search: field,
  });
  if (query.isError && !rows) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  if (rows?.length === 0) return <NoEntries isFiltered={Object.keys(search).length > 0} />;
  return (
    <Panel flush>
      <DataTable
        label={t('audit.title')}
        name="audit"
        columns={columns}
        rows={rows}
        rowKey={keyOf}
        selected={selected}
        under={({ action, user, at }) => (
          <>
            {t(`audit.action.${action}`)} · {user.name} · <RelativeTime value={at} />
          </>
        )}
        cursor={cursor}
        skeletonRows={12}
      />
      {rows && (
        <More
          shown={rows.length}
          hasMore={query.hasNextPage}
          loading={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
        />
      )}
    </Panel>
  );
}

interface MoreProps {
  shown: number;
  hasMore: boolean;
  loading: boolean;
  onMore: () => void;
}

function More({ shown, hasMore, loading, onMore }: MoreProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const formatted = formatNumber(shown, locale);
  return (
    <div className={styles.more}>
      <span aria-live="polite">
        {t(hasMore ? 'audit.shownMore' : 'audit.shown', { count: shown, formatted })}
      </span>
      {hasMore && (
        <Button size="xs" variant="default" loading={loading} onClick={onMore}>
          {t('audit.more')}
        </Button>
      )}
    </div>
  );
}

function NoEntries({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (!isFiltered)
    return (
      <Panel>
        <Message icon={IconHistory} title={t('audit.empty.title')}>
          <p>{t('audit.empty.text')}</p>
        </Message>
      </Panel>
    );
  return (
    <Panel>
      <Message
        icon={IconFilterOff}
        title={t('audit.noneFound')}
        action={
          <Button variant="default" onClick={() => void navigate({ to: '/audit' })}>
            {t('tasks.clearFilters')}
          </Button>
        }
      />
    </Panel>
  );
}

export type AuditChange = { [Key in keyof AuditSearch]?: AuditSearch[Key] | undefined };

function useChange(): (change: AuditChange) => void {
  const navigate = route.useNavigate();
  return useCallback(
    (change) =>
      void navigate({
        to: '.',
        search: (old) => ({ ...old, ...change }) as AuditSearch,
        replace: 'q' in change,
      }),
    [navigate],
  );
}
