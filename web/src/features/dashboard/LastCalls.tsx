import type { Call } from '@arno/protocol';
import { IconActivity } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../ui/DataTable.tsx';
import { NewRows } from '../../ui/NewRows.tsx';
import { Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { useStableRows } from '../../ui/useStableRows.ts';
import { useCallColumns } from '../calls/callColumns.tsx';
import { CallUnder, enqueueExample } from '../calls/callWords.tsx';

/** The newest calls of both kinds. */
export function LastCalls({ calls }: { calls: readonly Call[] | undefined }) {
  const { t } = useTranslation();
  const columns = useCallColumns();
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
