import { Button } from '@mantine/core';
import { IconFilterOff, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { type ComponentType, type ReactNode, type RefObject, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { SplitView } from '../../ui/SplitView.tsx';
import { SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { useSelection } from '../../ui/useSelection.ts';
import { useDeletion } from './deletion.tsx';
import { type MappingPath, type Mappings, pagesOf } from './kinds.ts';
import { mappingsQuery } from './queries.ts';
import { isFiltered, type MappingsSearch } from './search.ts';
import { useMayEdit } from './useMayEdit.ts';

/** What an empty list teaches: what belongs here. */
export interface Lesson {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  text: string;
}

/** Changes the address; what is undefined is taken out of it. */
export type ChangeSearch = (
  patch: { [Key in keyof MappingsSearch]: MappingsSearch[Key] | undefined },
) => void;

interface Props<Path extends MappingPath> {
  path: Path;
  title: string;
  description: string;
  columns: readonly Column<Mappings[Path]>[];
  under: (row: Mappings[Path]) => ReactNode;
  /** Beside the search field. */
  filters: ReactNode;
  lesson: Lesson;
  search: MappingsSearch;
  change: ChangeSearch;
  /** Id of the row whose detail is open. */
  selected: string | undefined;
  onOpen: (id: string) => void;
}

/** A list of one of the three mappings with the open one beside it. */
export function MappingList<Path extends MappingPath>(props: Props<Path>) {
  const { t } = useTranslation();
  const { path, title, search, change } = props;
  const mayEdit = useMayEdit();
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <PageHeader
        title={title}
        description={props.description}
        actions={mayEdit && <NewButton path={path} />}
      />
      <SplitView
        open={props.selected !== undefined}
        list={
          <>
            <Toolbar>
              <SearchInput
                ref={field}
                value={search.q ?? ''}
                placeholder={t('mappings.search')}
                onSearch={(q) => change({ q: q || undefined })}
              />
              {props.filters}
            </Toolbar>
            <Rows {...props} field={field} />
          </>
        }
        detail={<Outlet />}
      />
    </>
  );
}

function NewButton({ path }: { path: MappingPath }) {
  const { t } = useTranslation();
  return (
    <Button component={Link} to={pagesOf[path].create} leftSection={<IconPlus size={16} />}>
      {t('action.new')}
    </Button>
  );
}

function Rows<Path extends MappingPath>(props: Props<Path> & { field: RefObject<HTMLInputElement | null> }) {
  const { path, search, change, onOpen } = props;
  const query = useQuery(mappingsQuery(path, search));
  const rows = query.data?.items as Mappings[Path][] | undefined;
  const selection = useSelection(rows, keyOf);
  const mayEdit = useMayEdit();
  const remove = useDeletion(path);
  const cursor = useListKeys({
    rows: rows ?? [],
    onOpen: (row) => onOpen(row.id),
    ...(mayEdit && { onSelect: selection.toggle }),
    search: props.field,
  });
  if (query.isError && !rows) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  if (rows?.length === 0) return <NoRows {...props} />;
  return (
    <Panel flush>
      <DataTable
        label={props.title}
        name={path}
        columns={props.columns}
        rows={rows}
        rowKey={keyOf}
        cursor={cursor}
        selected={props.selected}
        under={props.under}
        sorting={{ order: search.order ?? '-created', onOrder: (order) => change({ order }) }}
        selection={mayEdit ? selection : undefined}
        bulk={<DeleteButton onClick={() => void remove(selection.rows)} />}
      />
      <Pager
        page={search.page ?? 1}
        size={search.size ?? DEFAULT_PAGE_SIZE}
        shown={rows?.length ?? 0}
        total={query.data && { count: query.data.total }}
        onPage={(page) => change({ page: page > 1 ? page : undefined })}
        onSize={(size) => change({ size: size === DEFAULT_PAGE_SIZE ? undefined : size })}
      />
    </Panel>
  );
}

function DeleteButton({ onClick }: { onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <Button
      size="compact-sm"
      variant="light"
      color="red"
      leftSection={<IconTrash size={14} />}
      onClick={onClick}
    >
      {t('action.delete')}
    </Button>
  );
}

const keyOf = (row: Mappings[MappingPath]) => row.id;

function NoRows<Path extends MappingPath>({ path, search, change, lesson }: Props<Path>) {
  const { t } = useTranslation();
  const mayEdit = useMayEdit();
  if (isFiltered(search) || search.page) {
    const none = { q: undefined, access: undefined, queue: undefined, serving: undefined, page: undefined };
    return (
      <Panel>
        <Message
          icon={IconFilterOff}
          title={t('mappings.noneFound')}
          action={
            <Button variant="default" onClick={() => change(none)}>
              {t('tasks.clearFilters')}
            </Button>
          }
        />
      </Panel>
    );
  }
  return (
    <Panel>
      <Message icon={lesson.icon} title={lesson.title} action={mayEdit && <NewButton path={path} />}>
        <p>{lesson.text}</p>
      </Message>
    </Panel>
  );
}
