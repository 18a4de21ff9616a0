import type { Call } from '@arno/protocol';
import { useHover } from '@mantine/hooks';
import { IconActivity } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { NewRows } from '../../ui/NewRows.tsx';
import { Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { useStableRows } from '../../ui/useStableRows.ts';
import { useCallColumns } from '../calls/callColumns.tsx';
import { CallUnder, enqueueExample } from '../calls/callWords.tsx';

/** The newest calls of both kinds. They follow by themselves, except below the pointer of someone who reads them. */
export function LastCalls({ calls }: { calls: readonly Call[] | undefined }) {
  const { t } = useTranslation();
  const { hovered, ref } = useHover<HTMLDivElement>();
  const columns = useCallColumns();
  const scope = hovered ? 'held' : `live ${calls?.[0]?.id}`;
  const { rows, waiting, accept } = useStableRows(scope, calls, (call) => call.id);
  if (rows?.length === 0) {
    return (
      <Message icon={IconActivity} title={t('dashboard.noCalls')}>
        <p>{t('dashboard.noCallsText')}</p>
        <Snippet title={t('calls.snippet')} code={enqueueExample(address)} />
      </Message>
    );
  }
  return (
    <div ref={ref}>
      <NewRows count={waiting} onShow={accept} />
      <DataTable
        label={t('dashboard.lastCalls')}
        columns={columns}
        rows={rows}
        rowKey={(call) => call.id}
        under={(call) => <CallUnder call={call} />}
      />
    </div>
  );
}
