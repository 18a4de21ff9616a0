import type { Queue } from '@arno/protocol';
import { Button } from '@mantine/core';
import { IconFilterOff, IconPlus, IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { TrackingElsewhere, useTracking } from '../workers/TrackingElsewhere.tsx';
import { QueueForm } from './QueueForm.tsx';
import { QueueMenu } from './QueueMenu.tsx';
import { queuesQuery } from './queries.ts';
import { UnderQueue, useQueueColumns } from './queueColumns.tsx';
import type { QueueOrder, QueuesSearch } from './search.ts';

const route = getRouteApi('/frame/queues/');

/** All queues: how much waits in them, how long, and who takes it. */
export function QueuesPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tracking = useTracking();
  const isAdmin = user.role === 'admin';
  const go = (next: QueuesSearch, replace = true) => void navigate({ search: next, replace });
  const { new: isNew, ...rest } = search;
  return (
    <>
      <PageHeader
        title={t('nav.queues')}
        description={t('queues.description')}
        actions={
          isAdmin &&
          tracking.here && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => go({ ...rest, new: true }, false)}>
              {t('action.new')}
            </Button>
          )
        }
      />
      {tracking.here ? <QueueList isAdmin={isAdmin} search={rest} onSearch={go} /> : <TrackingElsewhere />}
      <QueueForm
        opened={isAdmin && isNew === true}
        onClose={() => go(rest)}
        onSaved={({ id }) => void navigate({ to: '/queues/$id', params: { id } })}
      />
    </>
  );
}

interface ListProps {
  isAdmin: boolean;
  search: QueuesSearch;
  onSearch: (search: QueuesSearch) => void;
}

function QueueList({ isAdmin, search, onSearch }: ListProps) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const [edited, setEdited] = useState<string>();
  const { data, isError, error, refetch } = useQuery(queuesQuery);
  const { q, order = 'name' } = search;
  const rows = data && ordered(found(data, q), order);
  const cursor = useListKeys({
    rows: rows ?? [],
    onOpen: ({ id }) => void navigate({ to: '/queues/$id', params: { id } }),
    search: field,
  });
  const columns = useQueueColumns();
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  return (
    <>
      <Toolbar>
        <SearchInput
          ref={field}
          value={q ?? ''}
          placeholder={t('queues.search')}
          onSearch={(words) => onSearch({ ...(search.order && { order }), ...(words && { q: words }) })}
        />
      </Toolbar>
      {rows?.length === 0 ? (
        <NoQueues searched={q !== undefined} onClear={() => onSearch({})} />
      ) : (
        <Panel flush>
          <DataTable
            label={t('nav.queues')}
            name="queues"
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            cursor={cursor}
            under={(queue) => <UnderQueue queue={queue} />}
            sorting={{ order, onOrder: (next) => onSearch({ ...search, order: next as QueueOrder }) }}
            {...(isAdmin && {
              actions: (queue: Queue) => <QueueMenu queue={queue} onEdit={() => setEdited(queue.id)} />,
            })}
          />
        </Panel>
      )}
      <QueueForm id={edited ?? ''} opened={edited !== undefined} onClose={() => setEdited(undefined)} />
    </>
  );
}

function NoQueues({ searched, onClear }: { searched: boolean; onClear: () => void }) {
  const { t } = useTranslation();
  if (!searched)
    return (
      <Panel>
        <Message icon={IconStack2} title={t('queues.empty')}>
          <p>{t('queues.emptyText')}</p>
        </Message>
      </Panel>
    );
  const clear = (
    <Button variant="default" onClick={onClear}>
      {t('queues.clear')}
    </Button>
  );
  return (
    <Panel>
      <Message icon={IconFilterOff} title={t('queues.noneFound')} action={clear} />
    </Panel>
  );
}

function found(queues: readonly Queue[], q: string | undefined): Queue[] {
  const words = q?.toLowerCase() ?? '';
  return queues.filter(({ name }) => name.toLowerCase().includes(words));
}

/** Queues are few: they come all at once, and are ordered here. Those without a value stand last either way. */
function ordered(queues: readonly Queue[], order: QueueOrder): Queue[] {
  const [field, sign] = order.startsWith('-') ? [order.slice(1), -1] : [order, 1];
  const value = (queue: Queue) => queue[field as 'name' | 'depth' | 'oldest' | 'workers'];
  return [...queues].sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (one === undefined || other === undefined)
      return Number(one === undefined) - Number(other === undefined);
    if (typeof one === 'string') return sign * one.localeCompare(String(other));
    return sign * (one - Number(other));
  });
}
