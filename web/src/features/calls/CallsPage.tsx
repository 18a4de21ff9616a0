import type { Call } from '@arno/protocol';
import { Button, Group } from '@mantine/core';
import { IconActivity, IconChevronRight, IconChevronsLeft, IconFilterOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet, useMatchRoute, useNavigate } from '@tanstack/react-router';
import { useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { NewRows } from '../../ui/NewRows.tsx';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { FailureMessage, Message, PageMissing } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { SplitView } from '../../ui/SplitView.tsx';
import { FilterChips, SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { useStableRows } from '../../ui/useStableRows.ts';
import { useCallColumns } from './callColumns.tsx';
import { CallUnder, enqueueExample, ondemandExample } from './callWords.tsx';
import { callsQuery } from './queries.ts';
import { type CallsSearch, statuses } from './search.ts';

const route = getRouteApi('/frame/calls/$kind');
type Kind = Call['kind'];

export function CallsPage() {
  const { kind } = route.useParams();
  if (kind !== 'enqueue' && kind !== 'ondemand') return <PageMissing />;
  // Another kind is another list: nothing of the one before may stay.
  return <CallLog key={kind} kind={kind} />;
}

function CallLog({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const matchRoute = useMatchRoute();
  const detail = matchRoute({ to: '/calls/$kind/$id' });
  const field = useRef<HTMLInputElement>(null);
  const { search, change } = useCallsSearch();
  return (
    <>
      <PageHeader
        title={t(kind === 'enqueue' ? 'nav.enqueueCalls' : 'nav.ondemandCalls')}
        description={t(`calls.description.${kind}`)}
      />
      <SplitView
        open={Boolean(detail)}
        list={
          <>
            <Toolbar>
              <SearchInput
                ref={field}
                value={search.q ?? ''}
                placeholder={t('calls.search')}
                onSearch={(q) => change({ q: q || undefined })}
              />
              <FilterChips
                label={t('calls.status')}
                options={statusesOf(kind).map((value) => ({ value, label: t(`callStatus.${value}`) }))}
                selected={search.status ? [search.status] : []}
                onToggle={(status) => change({ status: status === search.status ? undefined : status })}
              />
            </Toolbar>
            <CallTable kind={kind} field={field} selected={detail ? detail.id : undefined} />
          </>
        }
        detail={<Outlet />}
      />
    </>
  );
}

interface TableProps {
  kind: Kind;
  field: React.RefObject<HTMLInputElement | null>;
  selected: string | undefined;
}

function CallTable({ kind, field, selected }: TableProps) {
  const navigate = useNavigate();
  const { search, change } = useCallsSearch();
  const { t } = useTranslation();
  const query = useQuery(callsQuery(kind, search));
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
  if (rows?.length === 0) return <NoCalls kind={kind} filtered={Object.keys(search).length > 0} />;
  return (
    <Panel flush>
      <NewRows count={search.before ? 0 : waiting} onShow={accept} />
      <DataTable
        label={t('calls.title')}
        columns={columns}
        rows={rows}
        rowKey={(call) => call.id}
        cursor={cursor}
        selected={selected}
        under={(call) => <CallUnder call={call} />}
        skeletonRows={12}
      />
      <Older next={query.data?.next} before={search.before} onGo={(before) => change({ before })} />
    </Panel>
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
    <Group justify="flex-end" gap={8} p="8px 16px" style={{ borderTop: '1px solid var(--arno-line)' }}>
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

function NoCalls({ kind, filtered }: { kind: Kind; filtered: boolean }) {
  const { t } = useTranslation();
  if (filtered) {
    return (
      <Panel>
        <Message
          icon={IconFilterOff}
          title={t('calls.noneFound')}
          action={
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/calls/$kind" params={{ kind }} {...props} />}
            >
              {t('tasks.clearFilters')}
            </Button>
          }
        />
      </Panel>
    );
  }
  const example = kind === 'enqueue' ? enqueueExample : ondemandExample;
  return (
    <Panel>
      <Message icon={IconActivity} title={t('calls.empty')}>
        <p>{t(`calls.emptyText.${kind}`)}</p>
        <Snippet title={t('calls.snippet')} code={example(address)} />
      </Message>
    </Panel>
  );
}

/** A call of a model neither waits nor can it be aborted. */
function statusesOf(kind: Kind) {
  const ofModels: readonly string[] = ['running', 'completed', 'failed'];
  return kind === 'enqueue' ? statuses : statuses.filter((status) => ofModels.includes(status));
}

function useCallsSearch() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (patch: { [Key in keyof CallsSearch]?: CallsSearch[Key] | undefined }) =>
      void navigate({
        search: (old) => ({ ...old, before: undefined, ...patch }) as CallsSearch,
        replace: 'q' in patch,
      }),
    [navigate],
  );
  return { search, change };
}
