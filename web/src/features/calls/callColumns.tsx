import type { Call } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { formatBytes } from '../../ui/format.ts';
import { CallBadge } from '../../ui/Status.tsx';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';
import { CallTook, targetOf } from './callWords.tsx';

/** Columns of a table of calls: of one kind with what only that kind has, or of both. */
export function useCallColumns(kind?: Call['kind']): Column<Call>[] {
  const { t } = useTranslation();
  const ofKind = useKindColumns(kind);
  const extra = useExtraColumns();
  return [
    { id: 'target', header: t('calls.target'), cell: (call) => <CallLink call={call} /> },
    {
      id: 'status',
      header: t('calls.status'),
      width: '144px',
      cell: (call) => <CallBadge status={call.status} />,
    },
    ...ofKind,
    {
      id: 'duration',
      header: t('calls.duration'),
      width: '104px',
      align: 'right',
      from: 'md',
      cell: (call) => <CallTook call={call} />,
    },
    {
      id: 'time',
      header: t('calls.time'),
      width: '124px',
      align: 'right',
      from: 'md',
      cell: (call) => <RelativeTime value={call.created_at} />,
    },
    ...(kind ? extra : []),
  ];
}

function useKindColumns(kind: Call['kind'] | undefined): Column<Call>[] {
  const { t } = useTranslation();
  if (!kind) {
    const word = (call: Call) => <span className="dim">{t(`calls.kinds.${call.kind}`)}</span>;
    return [{ id: 'kind', header: t('calls.kind'), width: '110px', from: 'md', cell: word }];
  }
  const common: Column<Call>[] = [
    {
      id: 'http',
      header: 'HTTP',
      width: '72px',
      align: 'right',
      from: 'lg',
      cell: (call) => call.http_status,
    },
    { id: 'caller', header: t('calls.caller'), width: '140px', from: 'lg', cell: (call) => call.caller },
  ];
  const { queue, machine, runtime } = {
    queue: { id: 'queue', header: t('calls.queue'), width: '120px', from: 'lg', cell: (call) => call.queue },
    machine: {
      id: 'machine',
      header: t('calls.machine'),
      width: '220px',
      from: 'lg',
      cell: (call) => call.machine,
    },
    runtime: {
      id: 'runtime',
      header: t('calls.runtime'),
      width: '110px',
      align: 'right',
      from: 'xl',
      cell: (call) => call.started_at && <Elapsed since={call.started_at} until={call.ended_at} />,
    },
  } satisfies Record<string, Column<Call>>;
  return kind === 'enqueue' ? [queue, ...common, runtime] : [machine, ...common];
}

/** What people ask for now and then. */
function useExtraColumns(): Column<Call>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  return [
    {
      id: 'error',
      header: t('calls.error'),
      width: '220px',
      extra: true,
      cell: (call) => call.error && <span title={call.error}>{call.error_code ?? call.error}</span>,
    },
    {
      id: 'size',
      header: t('calls.size'),
      width: '150px',
      align: 'right',
      extra: true,
      cell: (call) => `${formatBytes(call.bytes_in, locale)} / ${formatBytes(call.bytes_out, locale)}`,
    },
    { id: 'id', header: t('calls.id'), width: '116px', extra: true, cell: (call) => <Id value={call.id} /> },
  ];
}

function CallLink({ call }: { call: Call }) {
  const { t } = useTranslation();
  const { kind, id } = call;
  const target = targetOf(call) ?? t('calls.unreadable');
  return (
    <Link to="/calls/$kind/$id" params={{ kind, id }} search className={rowLink} title={target}>
      {target}
    </Link>
  );
}
