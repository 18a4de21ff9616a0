import type { Call } from '@arno/protocol';
import { IconActivity } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { type Column, DataTable, rowLink } from '../../ui/DataTable.tsx';
import { formatNumber } from '../../ui/format.ts';
import { NewRows } from '../../ui/NewRows.tsx';
import { Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { OutcomeBadge } from '../../ui/Status.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { useStableRows } from '../../ui/useStableRows.ts';
import { CallUnder, enqueueExample, targetOf } from '../calls/callWords.tsx';

/** The newest calls of both kinds. */
export function LastCalls({ calls }: { calls: readonly Call[] | undefined }) {
  const { t } = useTranslation();
  const columns = useColumns();
  const stable = useStableRows('dashboard', calls, (call) => call.id);
  if (stable.rows?.length === 0) {
    return (
      <Message icon={IconActivity} title={t('dashboard.noCalls')}>
        <p>{t('dashboard.noCallsText')}</p>
        <Snippet title={t('calls.snippet')} code={enqueueExample(location.origin)} />
      </Message>
    );
  }
  return (
    <>
      <NewRows count={stable.waiting} onShow={stable.accept} />
      <DataTable
        label={t('dashboard.lastCalls')}
        columns={columns}
        rows={stable.rows}
        rowKey={(call) => call.id}
        under={(call) => <CallUnder call={call} />}
      />
    </>
  );
}

function useColumns(): Column<Call>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  return [
    {
      id: 'target',
      header: t('calls.target'),
      cell: (call) => (
        <Link
          to="/calls/$kind/$id"
          params={{ kind: call.kind, id: call.id }}
          className={rowLink}
          title={targetOf(call)}
        >
          {targetOf(call)}
        </Link>
      ),
    },
    {
      id: 'outcome',
      header: t('calls.outcome'),
      width: '126px',
      cell: (call) => <OutcomeBadge outcome={call.outcome} />,
    },
    {
      id: 'kind',
      header: t('calls.kind'),
      width: '110px',
      from: 'md',
      cell: (call) => <span className="dim">{t(`calls.kinds.${call.kind}`)}</span>,
    },
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
      width: '130px',
      align: 'right',
      from: 'md',
      cell: (call) => <RelativeTime value={call.created_at} />,
    },
  ];
}
