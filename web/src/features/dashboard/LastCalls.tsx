import type { Call } from '@arno/protocol';
import { useHover } from '@mantine/hooks';
import { IconActivity, IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { NewRows } from '../../ui/NewRows.tsx';
import { Panel } from '../../ui/Page.tsx';
import { Message } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { useStableRows } from '../../ui/useStableRows.ts';
import { useCallColumns } from '../calls/callColumns.tsx';
import { CallUnder, enqueueExample } from '../calls/callWords.tsx';
import type { CallsSearch } from '../calls/search.ts';
import styles from './DashboardPage.module.css';

interface Props {
  calls: readonly Call[] | undefined;
}

/** The newest calls that failed, of both kinds. */
export function FailedCalls({ calls }: Props) {
  const { t } = useTranslation();
  const title = t('dashboard.lastFailed');
  return (
    <Panel flush title={title} aside={<LogLinks search={{ status: ['failed', 'lost'] }} />}>
      {calls?.length === 0 ? (
        <p className={styles.good}>
          <IconCircleCheck size={17} aria-hidden />
          {t('dashboard.nothingFailed')}
        </p>
      ) : (
        <CallRows label={title} calls={calls} />
      )}
    </Panel>
  );
}

/** The newest calls of both kinds. */
export function LastCalls({ calls }: Props) {
  const { t } = useTranslation();
  const title = t('dashboard.lastCalls');
  return (
    <Panel flush title={title} aside={<LogLinks search={{}} />}>
      {calls?.length === 0 ? (
        <Message icon={IconActivity} title={t('dashboard.noCalls')}>
          <p>{t('dashboard.noCallsText')}</p>
          <Snippet title={t('calls.snippet')} code={enqueueExample(address)} />
        </Message>
      ) : (
        <CallRows label={title} calls={calls} />
      )}
    </Panel>
  );
}

function LogLinks({ search }: { search: CallsSearch }) {
  const { t } = useTranslation();
  return (
    <span className={styles.logs}>
      {(['ondemand', 'enqueue'] as const).map((kind) => (
        <Link key={kind} to="/calls/$kind" params={{ kind }} search={search} className="link">
          {t(`calls.kinds.${kind}`)}
        </Link>
      ))}
    </span>
  );
}

/** They follow by themselves, except below the pointer of someone who reads them. */
function CallRows({ label, calls }: Props & { label: string }) {
  const { hovered, ref } = useHover<HTMLDivElement>();
  const columns = useCallColumns();
  const scope = hovered ? 'held' : `live ${calls?.[0]?.id}`;
  const { rows, waiting, accept } = useStableRows(scope, calls, (call) => call.id);
  return (
    <div ref={ref}>
      <NewRows count={waiting} onShow={accept} />
      <DataTable
        label={label}
        columns={columns}
        rows={rows}
        rowKey={(call) => call.id}
        under={(call) => <CallUnder call={call} />}
        skeletonRows={4}
      />
    </div>
  );
}
