import type { SharedProject } from '@arno/protocol';
import { Button } from '@mantine/core';
import { IconFilterOff, IconFolderShare } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import { type Column, DataTable, rowLink } from '../../ui/DataTable.tsx';
import { Panel } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { FilterChips, SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { projectsQuery } from './queries.ts';
import { ShareEditor } from './ShareEditor.tsx';
import type { AccessSearch } from './search.ts';

const route = getRouteApi('/frame/access');

/** Projects with their owners and with whom they are shared. */
export function SharingTab() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const change = useChange();
  const field = useRef<HTMLInputElement>(null);
  const { data, isError, error, refetch } = useQuery(projectsQuery(search));
  const rows = data?.items;
  const cursor = useListKeys({
    rows: rows ?? [],
    onOpen: ({ id }) => change({ project: id, page: search.page }),
    search: field,
  });
  const columns = useColumns();
  return (
    <>
      <Toolbar>
        <SearchInput
          ref={field}
          value={search.q ?? ''}
          placeholder={t('access.sharing.search')}
          onSearch={(q) => change({ q: q || undefined })}
        />
        <FilterChips
          label={t('access.sharing.filter')}
          options={[{ value: 'shared', label: t('access.sharing.sharedOnly') }]}
          selected={search.shared ? ['shared'] : []}
          onToggle={() => change({ shared: search.shared ? undefined : true })}
        />
      </Toolbar>
      {isError && !rows && <FailureMessage error={error} onRetry={refetch} />}
      {rows?.length === 0 && <NoProjects isFiltered={Boolean(search.q || search.shared || search.page)} />}
      {!(isError && !rows) && rows?.length !== 0 && (
        <Panel flush>
          <DataTable
            label={t('access.tab.sharing')}
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            cursor={cursor}
            under={(project) => <SharedWith project={project} />}
          />
          <Pager
            page={search.page ?? 1}
            size={search.size ?? DEFAULT_PAGE_SIZE}
            shown={rows?.length ?? 0}
            total={data && { count: data.total }}
            onPage={(page) => change({ page })}
            onSize={(size) => change({ size })}
          />
        </Panel>
      )}
      <ShareEditor
        project={search.project}
        name={rows?.find(({ id }) => id === search.project)?.name}
        onClose={() => change({ project: undefined, page: search.page })}
      />
    </>
  );
}

type Change = { [Key in keyof AccessSearch]?: AccessSearch[Key] | undefined };

function useChange(): (change: Change) => void {
  const navigate = route.useNavigate();
  return (change) =>
    void navigate({
      search: (old) => ({ ...old, page: undefined, ...change }) as AccessSearch,
      replace: 'q' in change,
    });
}

function useColumns(): Column<SharedProject>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'name',
      header: t('access.sharing.project'),
      cell: ({ id, name }) => (
        <Link
          to="/access"
          search={(old) => ({ ...old, tab: 'sharing', project: id }) as AccessSearch}
          className={rowLink}
          title={name}
        >
          {name}
        </Link>
      ),
    },
    {
      id: 'owner',
      header: t('access.sharing.owner'),
      ...{ width: '26%', from: 'md' },
      cell: ({ owner }) => <span title={owner.name}>{owner.name}</span>,
    },
    {
      id: 'shares',
      header: t('access.sharing.with'),
      ...{ width: '26%', from: 'md' },
      cell: (project) => <SharedWith project={project} />,
    },
  ];
}

function SharedWith({ project: { people, everybody } }: { project: SharedProject }) {
  const { t } = useTranslation();
  const parts = [
    ...(everybody ? [t('access.sharing.everybody')] : []),
    ...(people > 0 ? [t('access.sharing.people', { count: people })] : []),
  ];
  return parts.join(', ') || <span className="dim">{t('access.sharing.nobody')}</span>;
}

function NoProjects({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation();
  return (
    <Panel>
      <Message
        icon={isFiltered ? IconFilterOff : IconFolderShare}
        title={t(isFiltered ? 'access.sharing.noneFound' : 'access.sharing.empty')}
        action={
          isFiltered && (
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/access" search={{ tab: 'sharing' }} {...props} />}
            >
              {t('tasks.clearFilters')}
            </Button>
          )
        }
      >
        {!isFiltered && <p>{t('access.sharing.emptyText')}</p>}
      </Message>
    </Panel>
  );
}
