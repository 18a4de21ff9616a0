import type { Call } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { formatNumber } from '../../ui/format.ts';
import { CallBadge } from '../../ui/Status.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { targetOf } from './callWords.tsx';

/** Columns of a table of calls: of one kind with what only that kind has, or of both. */
export function useCallColumns(kind?: Call['kind']): Column<Call>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  return [
    { id: 'target', header: t('calls.target'), cell: (call) => <CallLink call={call} /> },
    {
      id: 'status',
      header: t('calls.status'),
      width: '126px',
      cell: (call) => <CallBadge status={call.status} />,
    },
    ...useKindColumns(kind),
    {
      id: 'duration',
      header: t('calls.duration'),
      width: '104px',
      align: 'right',
      from: 'md',
      cell: (call) => `${formatNumber(call.duration_ms, locale)} ms`,
    },
    {
      id: 'time',
      header: t('calls.time'),
      width: '124px',
      align: 'right',
      from: 'md',
      cell: (call) => <RelativeTime value={call.created_at} />,
    },
  ];
}

function useKindColumns(kind: Call['kind'] | undefined): Column<Call>[] {
  const { t } = useTranslation();
  if (!kind) {
    const word = (call: Call) => <span className="dim">{t(`calls.kinds.${call.kind}`)}</span>;
    return [{ id: 'kind', header: t('calls.kind'), width: '110px', from: 'md', cell: word }];
  }
  const own: Column<Call> =
    kind === 'enqueue'
      ? { id: 'queue', header: t('calls.queue'), width: '130px', from: 'lg', cell: (call) => call.queue }
      : {
          id: 'machine',
          header: t('calls.machine'),
          width: '220px',
          from: 'lg',
          cell: (call) => call.machine,
        };
  return [
    {
      id: 'http',
      header: 'HTTP',
      width: '72px',
      align: 'right',
      from: 'lg',
      cell: (call) => call.http_status,
    },
    own,
    { id: 'caller', header: t('calls.caller'), width: '140px', from: 'lg', cell: (call) => call.caller },
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
