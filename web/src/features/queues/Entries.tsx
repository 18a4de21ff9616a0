import type { Page, QueueEntry } from '@arno/protocol';
import { Button, Skeleton } from '@mantine/core';
import { IconFilterOff, IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type RefObject, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import { Panel } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { EntryList } from './EntryList.tsx';
import { entriesQuery } from './queries.ts';
import type { EntriesSearch } from './search.ts';

const route = getRouteApi('/frame/queues/$id');

/** What waits in a queue, in its order; administrators drag it. */
export function Entries({ id, name, isAdmin }: { id: string; name: string; isAdmin: boolean }) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const { data, isError, error, refetch } = useQuery(entriesQuery(id, search));
  const go = (next: EntriesSearch, replace = false) => void navigate({ search: next, replace });
  const { page = 1, size = DEFAULT_PAGE_SIZE, q } = search;
  return (
    <div style={{ minWidth: 0 }}>
      <Toolbar>
        <SearchInput
          ref={field}
          value={q ?? ''}
          placeholder={t('queues.entries.search')}
          onSearch={(words) => go({ ...(search.size && { size }), ...(words && { q: words }) }, true)}
        />
      </Toolbar>
      {isError && !data ? (
        <FailureMessage error={error} onRetry={refetch} />
      ) : (
        <Panel flush>
          <Content {...{ id, name, isAdmin, data, search, field }} onClear={() => go({})} />
          {data && data.total > 0 && (
            <Pager
              page={page}
              size={size}
              shown={data.items.length}
              total={{ count: data.total }}
              onPage={(next) => go({ ...search, page: next })}
              onSize={(next) => go({ ...(q && { q }), size: next })}
            />
          )}
        </Panel>
      )}
    </div>
  );
}

interface ContentProps {
  id: string;
  name: string;
  isAdmin: boolean;
  data: Page<QueueEntry> | undefined;
  search: EntriesSearch;
  field: RefObject<HTMLInputElement | null>;
  onClear: () => void;
}

function Content({ id, name, isAdmin, data, search, field, onClear }: ContentProps) {
  const { t } = useTranslation();
  if (!data) return <Skeleton height={320} m={16} />;
  if (data.items.length > 0) return <EntryList {...{ id, search, isAdmin, field }} page={data} />;
  if (search.q === undefined && data.total === 0)
    return (
      <Message icon={IconStack2} title={t('queues.entries.empty')}>
        <p>{t('queues.entries.emptyText')}</p>
        <Snippet title="Python" code={`task.execute_remotely(queue_name="${name}")`} />
      </Message>
    );
  const clear = (
    <Button variant="default" onClick={onClear}>
      {t('queues.clear')}
    </Button>
  );
  return <Message icon={IconFilterOff} title={t('queues.entries.noneFound')} action={clear} />;
}
