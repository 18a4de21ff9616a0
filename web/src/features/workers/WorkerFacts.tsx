import type { WorkerDetail } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import { MemoryMeter, Meter } from '../../ui/Meter.tsx';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { Elapsed, ExactTime, RelativeTime } from '../../ui/Time.tsx';
import { CurrentTask } from './CurrentTask.tsx';
import { QueueLinks } from './QueueLinks.tsx';
import { WorkerBadge } from './WorkerBadge.tsx';

/** What is known of a worker now. */
export function WorkerFacts({ worker }: { worker: WorkerDetail }) {
  const { t } = useTranslation();
  const { readings, task } = worker;
  const hasGpu = readings.gpu !== undefined;
  return (
    <Panel>
      <Fields>
        <Field name={t('workers.showing')}>
          <WorkerBadge state={worker.state} />
        </Field>
        <Field name={t('workers.runs')}>
          <CurrentTask worker={worker} />
          {task?.started && (
            <span className="dim">
              {' · '}
              <Elapsed since={task.started} />
            </span>
          )}
        </Field>
        <Field name={t('workers.queues')}>
          {worker.queues.length > 0 && <QueueLinks queues={worker.queues} />}
        </Field>
        <Field name={t('workers.cpu')}>
          <Meter label={t('workers.cpu')} share={readings.cpu} />
        </Field>
        <Field name={t('workers.memory')}>
          <MemoryMeter
            label={t('workers.memory')}
            used={readings.memory_used}
            total={readings.memory_total}
          />
        </Field>
        {hasGpu && (
          <Field name={t('workers.gpu')}>
            <Meter label={t('workers.gpu')} share={readings.gpu} />
          </Field>
        )}
        {hasGpu && (
          <Field name={t('workers.gpuMemory')}>
            <MemoryMeter
              label={t('workers.gpuMemory')}
              used={readings.gpu_memory_used}
              total={readings.gpu_memory_total}
            />
          </Field>
        )}
        <Field name={t('workers.lastSeen')}>
          <RelativeTime value={worker.last_seen} />
        </Field>
        <Field name={t('workers.registered')}>
          <ExactTime value={worker.registered_at} />
        </Field>
        <Field name={t('workers.host')}>{worker.host}</Field>
        <Field name={t('workers.ip')}>{worker.ip}</Field>
        <Field name={t('workers.account')}>{worker.user?.name}</Field>
        <Field name={t('workers.tags')}>{worker.tags.join(', ')}</Field>
      </Fields>
    </Panel>
  );
}
