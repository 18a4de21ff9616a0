import type { Call } from '@arno/protocol';
import { Button, Group } from '@mantine/core';
import { IconChevronRight, IconChevronsLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type RefObject, useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { useLocale } from '../../i18n/index.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { formatNumber } from '../../ui/format.ts';
import { NewRows } from '../../ui/NewRows.tsx';
import { Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { useStableRows } from '../../ui/useStableRows.ts';
import styles from './CallTable.module.css';
import { useCallColumns } from './callColumns.tsx';
import { CallUnder } from './callWords.tsx';
import { NoCalls, NoCallsFound } from './EmptyCalls.tsx';
import { useLiveCalls } from './liveCalls.ts';
import { callsQuery, countQuery } from './queries.ts';
import { isFiltered } from './search.ts';
import { useCallsSearch } from './useCallsSearch.ts';

interface Props {
  kind: Call['kind'];
  field: RefObject<HTMLInputElement | null>;
  selected: string | undefined;
}

/** A page of the log. New calls wait behind "12 new"; known ones change in place. */
export function CallTable({ kind, field, selected }: Props) {
  const navigate = useNavigate();
  const { search, change } = useCallsSearch();
  const { t } = useTranslation();
  const query = useQuery(callsQuery(kind, search));
  useLiveCalls(kind, search);
  const { rows, waiting, accept } = useStableRows(
    query.data?.scope ?? '',
    query.data?.items,
    (call) => call.id,
  );
  const columns = useCallColumns(kind);
  const open = useCallback(
    (call: Call) => void navigate({ to: '/calls/$kind/$id', params: { kind, id: call.id }, search: true }),
    [navigate, kind],
  );
  const cursor = useListKeys({ rows: rows ?? [], onOpen: open, search: field });
  if (query.isError && !query.data) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  if (rows?.length === 0) return isFiltered(search) ? <NoCallsFound kind={kind} /> : <NoCalls kind={kind} />;
  return (
    <Panel flush>
      <NewRows count={search.before ? 0 : waiting} onShow={accept} />
      <DataTable
        label={t('calls.title')}
        name={`calls-${kind}`}
        columns={columns}
        rows={rows}
        rowKey={(call) => call.id}
        cursor={cursor}
        selected={selected}
        under={(call) => <CallUnder call={call} />}
        skeletonRows={12}
      />
      <div className={styles.foot}>
        <Summary kind={kind} retentionDays={query.data?.retention_days} isLoaded={Boolean(query.data)} />
        <Older next={query.data?.next} before={search.before} onGo={(before) => change({ before })} />
      </div>
    </Panel>
  );
}

interface SummaryProps {
  kind: Call['kind'];
  retentionDays: number | undefined;
  isLoaded: boolean;
}

/** How many calls the filters let through, and for how long calls are kept. */
function Summary({ kind, retentionDays, isLoaded }: SummaryProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isAdmin = useSession().user.role === 'admin';
  const { search } = useCallsSearch();
  const { data: count } = useQuery(countQuery(kind, search));
  if (!isLoaded) return <span />;
  const kept =
    retentionDays === undefined ? t('calls.keptForever') : t('calls.kept', { count: retentionDays });
  const words = { value: formatNumber(count?.total ?? 0, locale), count: count?.total ?? 0 };
  return (
    <span>
      {count && `${t(count.more ? 'calls.countMore' : 'calls.count', words)} · `}
      {isAdmin ? (
        <Link to="/settings" className="link">
          {kept}
        </Link>
      ) : (
        kept
      )}
    </span>
  );
}

interface OlderProps {
  next: string | undefined;
  before: string | undefined;
  onGo: (before: string | undefined) => void;
}

/** The log grows while it is read, so its pages have no numbers: older, or back to the newest. */
function Older({ next, before, onGo }: OlderProps) {
  const { t } = useTranslation();
  if (!next && !before) return null;
  return (
    <Group gap={8}>
      <Button
        size="xs"
        variant="default"
        disabled={!before}
        leftSection={<IconChevronsLeft size={15} />}
        onClick={() => onGo(undefined)}
      >
        {t('calls.newest')}
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={!next}
        rightSection={<IconChevronRight size={15} />}
        onClick={() => onGo(next)}
      >
        {t('calls.older')}
      </Button>
    </Group>
  );
}
