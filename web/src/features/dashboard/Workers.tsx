import type { DashboardPlatform, DashboardWorker, WorkerReadings } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MemoryMeter, Meter } from '../../ui/Meter.tsx';
import { Panel } from '../../ui/Page.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import styles from './DashboardPage.module.css';
import workerStyles from './Workers.module.css';

/** Who could work, what they run, and how busy their machines are. */
export function Workers({ workers }: { workers: DashboardPlatform['workers'] | undefined }) {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('dashboard.workers')}
      aside={
        <Link to="/workers" className={`link ${styles.more}`}>
          {t('dashboard.all')}
        </Link>
      }
    >
      {!workers && <Skeleton height={120} />}
      {workers?.total === 0 && (
        <>
          <p className="dim" style={{ marginBottom: 8 }}>
            {t('dashboard.noWorkers')}
          </p>
          <Snippet code="arno agent --queue default" />
        </>
      )}
      <ul className={styles.rows}>
        {workers?.items.map((worker) => (
          <Worker key={worker.id} worker={worker} />
        ))}
      </ul>
    </Panel>
  );
}

function Worker({ worker: { id, busy, task, readings } }: { worker: DashboardWorker }) {
  const { t } = useTranslation();
  return (
    <li className={workerStyles.worker}>
      <div className={workerStyles.words}>
        <Link to="/workers/$id" params={{ id }} className={workerStyles.name} title={id}>
          {id}
        </Link>
        {task ? (
          <Link
            to="/tasks/$id"
            params={{ id: task.id }}
            className={`link ${workerStyles.task}`}
            title={task.name}
          >
            {task.name}
          </Link>
        ) : (
          <span className="dim">{t(busy ? 'dashboard.hiddenTask' : 'dashboard.idle')}</span>
        )}
      </div>
      <Meters readings={readings} />
    </li>
  );
}

/** What the worker has told of; machines without a GPU say nothing about one. */
function Meters({ readings }: { readings: WorkerReadings }) {
  const { t } = useTranslation();
  const { cpu, gpu, memory_used, memory_total, gpu_memory_used, gpu_memory_total } = readings;
  return (
    <div className={workerStyles.meters}>
      {cpu !== undefined && <Meter labelled label={t('dashboard.meters.cpu')} share={cpu} />}
      {memory_used !== undefined && (
        <MemoryMeter labelled label={t('dashboard.meters.memory')} used={memory_used} total={memory_total} />
      )}
      {gpu !== undefined && <Meter labelled label={t('dashboard.meters.gpu')} share={gpu} />}
      {gpu_memory_used !== undefined && (
        <MemoryMeter
          labelled
          label={t('dashboard.meters.gpuMemory')}
          used={gpu_memory_used}
          total={gpu_memory_total}
        />
      )}
    </div>
  );
}
