import { Button } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { type ComponentType, type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { SplitView } from '../../ui/SplitView.tsx';
import { SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { type MappingPath, type Mappings, mappingsQuery, PAGE_SIZE } from './queries.ts';
import type { MappingsSearch } from './search.ts';

/** What an empty list teaches: what belongs here and the request that puts it here. */
export interface Lesson {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  text: string;
  /** Body of the request that registers the first one. */
  example: object;
}

interface Props<Path extends MappingPath> {
  path: Path;
  title: string;
  description: string;
  columns: readonly Column<Mappings[Path]>[];
  under: (row: Mappings[Path]) => ReactNode;
  lesson: Lesson;
  search: MappingsSearch;
  /** Id of the row whose detail is open. */
  selected: string | undefined;
  onOpen: (id: string) => void;
  onSearch: (search: MappingsSearch, replace: boolean) => void;
}

/** A list of one of the three mappings with the open one beside it. */
export function MappingList<Path extends MappingPath>(props: Props<Path>) {
  const { t } = useTranslation();
  const { title, search, onSearch } = props;
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <PageHeader title={title} description={props.description} />
      <SplitView
        open={props.selected !== undefined}
        list={
          <>
            <Toolbar>
              <SearchInput
                ref={field}
                value={search.q ?? ''}
                placeholder={t('mappings.search')}
                onSearch={(q) => onSearch(q ? { q } : {}, true)}
              />
            </Toolbar>
            <Rows {...props} field={field} />
          </>
        }
        detail={<Outlet />}
      />
    </>
  );
}

function Rows<Path extends MappingPath>({
  path,
  search,
  field,
  onOpen,
  onSearch,
  ...rest
}: Props<Path> & { field: React.RefObject<HTMLInputElement | null> }) {
  const query = useQuery({ ...mappingsQuery(path, search), placeholderData: keepPreviousData });
  const rows = query.data?.items as Mappings[Path][] | undefined;
  const cursor = useListKeys({ rows: rows ?? [], onOpen: (row) => onOpen(row.id), search: field });
  if (query.isError && !rows) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  if (rows?.length === 0) {
    return search.q || search.page ? (
      <NoneFound onClear={() => onSearch({}, false)} />
    ) : (
      <Empty path={path} lesson={rest.lesson} />
    );
  }
  const { q, page = 1 } = search;
  return (
    <Panel flush>
      <DataTable
        label={rest.title}
        columns={rest.columns}
        rows={rows}
        rowKey={(row) => row.id}
        cursor={cursor}
        selected={rest.selected}
        under={rest.under}
      />
      <Pager
        page={page}
        size={PAGE_SIZE}
        shown={rows?.length ?? 0}
        total={query.data && { count: query.data.total }}
        onPage={(next) => onSearch({ ...(q && { q }), ...(next > 1 && { page: next }) }, false)}
      />
    </Panel>
  );
}

function NoneFound({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <Panel>
      <Message
        icon={IconFilterOff}
        title={t('mappings.noneFound')}
        action={
          <Button variant="default" onClick={onClear}>
            {t('tasks.clearFilters')}
          </Button>
        }
      />
    </Panel>
  );
}

function Empty({ path, lesson }: { path: MappingPath; lesson: Lesson }) {
  const { t } = useTranslation();
  const code = `curl -X POST ${address}/console/v1/${path} \\
  -u "$ACCESS_KEY:$SECRET_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify(lesson.example)}'`;
  return (
    <Panel>
      <Message icon={lesson.icon} title={lesson.title}>
        <p>{lesson.text}</p>
        <Snippet title={t('mappings.snippet')} code={code} />
      </Message>
    </Panel>
  );
}
