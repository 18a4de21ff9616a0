import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFilterOff, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type RefObject, useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { NewPerson } from './NewPerson.tsx';
import { PeopleFilters } from './PeopleFilters.tsx';
import { usePeopleColumns } from './peopleColumns.tsx';
import { peopleQuery } from './queries.ts';
import { RemovedPeople } from './RemovedPeople.tsx';
import { DEFAULT_ORDER, type PeopleSearch } from './search.ts';

const route = getRouteApi('/frame/users/');

/** Who may come in, for administrators. */
export function PeoplePage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const change = useChange();
  const field = useRef<HTMLInputElement>(null);
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <PageHeader
        title={t('people.title')}
        description={t('people.description')}
        actions={
          <Button leftSection={<IconUserPlus size={16} />} onClick={open}>
            {t('people.action.new')}
          </Button>
        }
      />
      <Toolbar>
        <SearchInput
          ref={field}
          value={search.q ?? ''}
          placeholder={t('people.search')}
          onSearch={(q) => change({ q: q || undefined })}
        />
        <PeopleFilters search={search} onChange={change} />
      </Toolbar>
      <PeopleTable {...{ search, change, field }} />
      <RemovedPeople />
      <NewPerson opened={opened} onClose={close} />
    </>
  );
}

interface TableProps {
  search: PeopleSearch;
  change: ReturnType<typeof useChange>;
  field: RefObject<HTMLInputElement | null>;
}

function PeopleTable({ search, change, field }: TableProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const query = useQuery(peopleQuery(search));
  const columns = usePeopleColumns();
  const rows = query.data?.items;
  const cursor = useListKeys({
    rows: rows ?? [],
    onOpen: ({ id }) => void navigate({ to: '/users/$id', params: { id } }),
    search: field,
  });
  if (query.isError && !rows) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  if (rows?.length === 0) return <NobodyFound onClear={() => void navigate({ to: '/users' })} />;
  return (
    <Panel flush>
      <DataTable
        label={t('people.title')}
        name="people"
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        under={({ username, role }) => `${username} · ${t(`role.${role}`)}`}
        cursor={cursor}
        sorting={{ order: search.order ?? DEFAULT_ORDER, onOrder: (order) => change({ order }) }}
      />
      <Pager
        page={search.page ?? 1}
        size={search.size ?? DEFAULT_PAGE_SIZE}
        shown={rows?.length ?? 0}
        total={query.data && { count: query.data.total }}
        onPage={(page) => change({ page })}
        onSize={(size) => change({ size })}
      />
    </Panel>
  );
}

/** Somebody is always there, so an empty list comes of its filters. */
function NobodyFound({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <Panel>
      <Message
        icon={IconFilterOff}
        title={t('people.empty.title')}
        action={
          <Button variant="default" onClick={onClear}>
            {t('tasks.clearFilters')}
          </Button>
        }
      >
        <p>{t('people.empty.text')}</p>
      </Message>
    </Panel>
  );
}

export type PeopleChange = { [Key in keyof PeopleSearch]?: PeopleSearch[Key] | undefined };

/** Changes the address. A new filter starts again at the first page, and typing leaves no trail of pages behind. */
function useChange(): (change: PeopleChange) => void {
  const navigate = route.useNavigate();
  return useCallback(
    (change) =>
      void navigate({
        search: (old) => ({ ...old, page: undefined, ...change }) as PeopleSearch,
        replace: 'q' in change,
      }),
    [navigate],
  );
}
