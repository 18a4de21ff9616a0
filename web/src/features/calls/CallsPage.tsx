import type { Call } from '@arno/protocol';
import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDotsVertical, IconDownload, IconTrash } from '@tabler/icons-react';
import { getRouteApi, Outlet, useMatchRoute } from '@tanstack/react-router';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { PageHeader } from '../../ui/Page.tsx';
import { PageMissing } from '../../ui/PageStates.tsx';
import { SplitView } from '../../ui/SplitView.tsx';
import { CallFilters } from './CallFilters.tsx';
import { CallTable } from './CallTable.tsx';
import type { CallsSearch } from './search.ts';
import { useCallsSearch } from './useCallsSearch.ts';

const ExportDialog = lazy(() =>
  import('./ExportDialog.tsx').then((module) => ({ default: module.ExportDialog })),
);
const DeleteDialog = lazy(() =>
  import('./DeleteDialog.tsx').then((module) => ({ default: module.DeleteDialog })),
);

const route = getRouteApi('/frame/calls/$kind');
type Kind = Call['kind'];

/** The log of calls of one service: what came, filtered, as it comes. */
export function CallsPage() {
  const { kind } = route.useParams();
  if (kind !== 'enqueue' && kind !== 'ondemand') return <PageMissing />;
  // Another kind is another list: nothing of the one before may stay.
  return <CallLog key={kind} kind={kind} />;
}

function CallLog({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const detail = useMatchRoute()({ to: '/calls/$kind/$id' });
  const field = useRef<HTMLInputElement>(null);
  const { search } = useCallsSearch();
  // A list keeps what it shows while it is read; what was deleted it must forget.
  const [deletions, setDeletions] = useState(0);
  return (
    <>
      <PageHeader
        title={t(kind === 'enqueue' ? 'nav.enqueueCalls' : 'nav.ondemandCalls')}
        description={t(`calls.description.${kind}`)}
        actions={<LogActions kind={kind} search={search} onDeleted={() => setDeletions(deletions + 1)} />}
      />
      <SplitView
        open={Boolean(detail)}
        list={
          <>
            <CallFilters kind={kind} field={field} />
            <CallTable key={deletions} kind={kind} field={field} selected={detail ? detail.id : undefined} />
          </>
        }
        detail={<Outlet />}
      />
    </>
  );
}

interface ActionsProps {
  kind: Kind;
  search: CallsSearch;
  onDeleted: () => void;
}

/** What can be done with all calls that the filters show. */
function LogActions({ kind, search, onDeleted }: ActionsProps) {
  const { t } = useTranslation();
  const isAdmin = useSession().user.role === 'admin';
  const [exporting, { open: openExport, close: closeExport }] = useDisclosure(false);
  const [deleting, { open: openDelete, close: closeDelete }] = useDisclosure(false);
  return (
    <Group gap={8} wrap="nowrap">
      <Button leftSection={<IconDownload size={16} />} onClick={openExport}>
        {t('calls.export.action')}
      </Button>
      {isAdmin && (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label={t('calls.more')}>
              <IconDotsVertical size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={openDelete}>
              {t('calls.delete.action')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <Suspense fallback={null}>
        {exporting && <ExportDialog kind={kind} search={search} onClose={closeExport} />}
        {deleting && <DeleteDialog {...{ kind, search, onDeleted }} onClose={closeDelete} />}
      </Suspense>
    </Group>
  );
}
