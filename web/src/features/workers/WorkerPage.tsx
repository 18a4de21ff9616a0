import type { WorkerDetail } from '@arno/protocol';
import { Button, Skeleton } from '@mantine/core';
import { IconDropletDown, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { PageHeader } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { Note } from './Note.tsx';
import { workerQuery } from './queries.ts';
import { TrackingElsewhere, useTracking } from './TrackingElsewhere.tsx';
import { useDrain } from './useDrain.ts';
import { WorkerCharts } from './WorkerCharts.tsx';
import { WorkerFacts } from './WorkerFacts.tsx';
import styles from './WorkerPage.module.css';
import { WorkerTasks } from './WorkerTasks.tsx';

const route = getRouteApi('/frame/workers/$id');

/** One worker: what it runs and ran, and how busy its machine was. */
export function WorkerPage() {
  const tracking = useTracking();
  return tracking.here ? <Worker /> : <TrackingElsewhere />;
}

function Worker() {
  const { id } = route.useParams();
  const { data: worker, isError, error, refetch } = useQuery(workerQuery(id));
  if (isError && !worker) return <FailureMessage error={error} onRetry={refetch} />;
  return (
    <>
      {worker ? <Head worker={worker} /> : <Skeleton height={44} mb="md" />}
      <div className={styles.columns}>
        <WorkerCharts id={id} />
        <div className={styles.aside}>
          {worker ? <WorkerFacts worker={worker} /> : <Skeleton height={300} />}
          <WorkerTasks tasks={worker?.tasks} />
        </div>
      </div>
    </>
  );
}

const explained = ['draining', 'drained', 'lost', 'away'] as const;

function Head({ worker }: { worker: WorkerDetail }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const drain = useDrain(worker.id);
  const { drained } = worker;
  const state = explained.find((each) => each === worker.state);
  return (
    <>
      <PageHeader
        title={worker.id}
        actions={
          user.role === 'admin' && (
            <Button
              variant={drained ? 'filled' : 'default'}
              leftSection={drained ? <IconPlayerPlay size={16} /> : <IconDropletDown size={16} />}
              title={drained ? undefined : t('workers.drain.text')}
              loading={drain.isPending}
              onClick={() => drain.mutate(!drained)}
            >
              {t(drained ? 'workers.drain.undo' : 'workers.drain.action')}
            </Button>
          )
        }
      />
      {state && (
        <Note tone={state === 'lost' ? 'failed' : 'waiting'}>
          {drained && (
            <>
              <strong>{t('workers.drainedBy', { name: drained.by })}</strong>{' '}
              <RelativeTime value={drained.at} />.{' '}
            </>
          )}
          {t(`workers.stateText.${state}`)}
        </Note>
      )}
    </>
  );
}
