import type { Worker } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { MemoryMeter, Meter } from '../../ui/Meter.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { CurrentTask } from './CurrentTask.tsx';
import { QueueLinks } from './QueueLinks.tsx';
import { WorkerBadge } from './WorkerBadge.tsx';

export function useWorkerColumns(): Column<Worker>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'id',
      header: t('workers.id'),
      cell: ({ id }) => (
        <Link to="/workers/$id" params={{ id }} className={rowLink} title={id}>
          {id}
        </Link>
      ),
    },
    {
      id: 'state',
      header: t('workers.showing'),
      width: '150px',
      cell: ({ state }) => <WorkerBadge state={state} />,
    },
    {
      id: 'task',
      header: t('workers.runs'),
      width: '17%',
      from: 'md',
      cell: (worker) => <CurrentTask worker={worker} />,
    },
    {
      id: 'queues',
      header: t('workers.queues'),
      width: '130px',
      from: 'lg',
      cell: ({ queues }) => queues.length > 0 && <QueueLinks queues={queues} />,
    },
    ...useReadingColumns(),
    {
      id: 'host',
      header: t('workers.host'),
      width: '140px',
      extra: true,
      cell: ({ host }) => host,
    },
    { id: 'ip', header: t('workers.ip'), width: '130px', extra: true, cell: ({ ip }) => ip },
    {
      id: 'account',
      header: t('workers.account'),
      width: '140px',
      extra: true,
      cell: ({ user }) => user?.name,
    },
    {
      id: 'seen',
      header: t('workers.lastSeen'),
      width: '110px',
      align: 'right',
      from: 'md',
      cell: ({ last_seen: seen }) => <RelativeTime value={seen} />,
    },
  ];
}

function useReadingColumns(): Column<Worker>[] {
  const { t } = useTranslation();
  const column = { width: '98px', from: 'lg' } as const;
  return [
    {
      ...column,
      id: 'cpu',
      header: t('workers.cpu'),
      cell: ({ readings: { cpu } }) => <Meter label={t('workers.cpu')} share={cpu} />,
    },
    {
      ...column,
      id: 'memory',
      header: t('workers.memory'),
      cell: ({ readings: { memory_used: used, memory_total: total } }) => (
        <MemoryMeter label={t('workers.memory')} used={used} total={total} />
      ),
    },
    {
      ...column,
      id: 'gpu',
      header: t('workers.gpu'),
      cell: ({ readings: { gpu } }) => <Meter label={t('workers.gpu')} share={gpu} />,
    },
    {
      ...column,
      id: 'gpuMemory',
      header: t('workers.gpuMemory'),
      extra: true,
      cell: ({ readings: { gpu_memory_used: used, gpu_memory_total: total } }) => (
        <MemoryMeter label={t('workers.gpuMemory')} used={used} total={total} />
      ),
    },
  ];
}

/** The second line of a narrow table. */
export function UnderWorker({ worker }: { worker: Worker }) {
  return (
    <>
      <CurrentTask worker={worker} /> · <RelativeTime value={worker.last_seen} />
    </>
  );
}
