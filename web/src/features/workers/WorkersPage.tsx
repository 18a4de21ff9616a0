import type { Worker, WorkerState } from '@arno/protocol';
import { Button } from '@mantine/core';
import { IconCpu, IconFilterOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { FilterChips, SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { workersQuery } from './queries.ts';
import { type WorkersSearch, workerStates } from './search.ts';
import { TrackingElsewhere, useTracking } from './TrackingElsewhere.tsx';
import { WorkerMenu } from './WorkerMenu.tsx';
import { UnderWorker, useWorkerColumns } from './workerColumns.tsx';

const route = getRouteApi('/frame/workers/');

/** Who could run tasks, what they run, and how busy their machines are. */
export function WorkersPage() {
  const { t } = useTranslation();
  const tracking = useTracking();
  return (
    <>
      <PageHeader title={t('nav.workers')} description={t('workers.description')} />
      {tracking.here ? <WorkerList /> : <TrackingElsewhere />}
    </>
  );
}

function WorkerList() {
  const { t } = useTranslation();
  const { user } = useSession();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const { data, isError, error, refetch } = useQuery(workersQuery);
  const go = (next: WorkersSearch) => void navigate({ search: next, replace: true });
  const rows = data?.filter((worker) => fits(worker, search));
  const cursor = useListKeys({
    rows: rows ?? [],
    onOpen: ({ id }) => void navigate({ to: '/workers/$id', params: { id } }),
    search: field,
  });
  const columns = useWorkerColumns();
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  return (
    <>
      <Toolbar>
        <SearchInput
          ref={field}
          value={search.q ?? ''}
          placeholder={t('workers.search')}
          onSearch={(q) => go({ ...(search.state && { state: search.state }), ...(q && { q }) })}
        />
        <FilterChips
          label={t('workers.showing')}
          options={statesOf(data, search).map((value) => ({ value, label: t(`workers.state.${value}`) }))}
          selected={search.state ?? []}
          onToggle={(state) => go(toggled(search, state))}
        />
      </Toolbar>
      {rows?.length === 0 ? (
        <NoWorkers searched={data?.length !== 0} onClear={() => go({})} />
      ) : (
        <Panel flush>
          <DataTable
            label={t('nav.workers')}
            name="workers"
            columns={columns}
            rows={rows}
            rowKey={({ id, user: account }) => `${account?.id}:${id}`}
            cursor={cursor}
            under={(worker) => <UnderWorker worker={worker} />}
            {...(user.role === 'admin' && { actions: (worker: Worker) => <WorkerMenu worker={worker} /> })}
          />
        </Panel>
      )}
    </>
  );
}

/** Filters that would find something, and those that are set. */
function statesOf(workers: readonly Worker[] = [], { state = [] }: WorkersSearch): WorkerState[] {
  const present = new Set([...workers.map((worker) => worker.state), ...state]);
  return workerStates.filter((each) => present.has(each));
}

function toggled({ q, state = [] }: WorkersSearch, changed: WorkerState): WorkersSearch {
  const next = state.includes(changed) ? state.filter((each) => each !== changed) : [...state, changed];
  return { ...(q !== undefined && { q }), ...(next.length > 0 && { state: next }) };
}

function fits({ id, host = '', queues, state }: Worker, search: WorkersSearch): boolean {
  if (search.state && !search.state.includes(state)) return false;
  const words = search.q?.toLowerCase() ?? '';
  const texts = [id, host, ...queues.map(({ name = '' }) => name)];
  return texts.some((text) => text.toLowerCase().includes(words));
}

function NoWorkers({ searched, onClear }: { searched: boolean; onClear: () => void }) {
  const { t } = useTranslation();
  if (!searched)
    return (
      <Panel>
        <Message icon={IconCpu} title={t('workers.empty')}>
          <p>{t('workers.emptyText')}</p>
          <Snippet code="arno agent --queue default" />
        </Message>
      </Panel>
    );
  const clear = (
    <Button variant="default" onClick={onClear}>
      {t('workers.clear')}
    </Button>
  );
  return (
    <Panel>
      <Message icon={IconFilterOff} title={t('workers.noneFound')} action={clear} />
    </Panel>
  );
}
