import type { Queue } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { formatDuration, formatNumber } from '../../ui/format.ts';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';
import { QueueBadge } from './QueueBadge.tsx';

export function useQueueColumns(): Column<Queue>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  const number = (value: number) => formatNumber(value, locale);
  return [
    { id: 'name', header: t('queues.name'), sort: 'name', cell: (queue) => <QueueLink queue={queue} /> },
    {
      id: 'state',
      header: t('queues.stateOf'),
      width: '150px',
      from: 'md',
      cell: (queue) => <QueueBadge queue={queue} />,
    },
    {
      id: 'depth',
      header: t('queues.depth'),
      sort: 'depth',
      greatestFirst: true,
      width: '110px',
      align: 'right',
      cell: ({ depth }) => number(depth),
    },
    {
      id: 'oldest',
      header: t('queues.oldest'),
      sort: 'oldest',
      greatestFirst: true,
      width: '150px',
      align: 'right',
      from: 'md',
      cell: ({ oldest }) => oldest && <Elapsed since={oldest} />,
    },
    {
      id: 'average',
      header: t('queues.average'),
      width: '150px',
      align: 'right',
      from: 'lg',
      cell: ({ average_wait: seconds }) => seconds !== undefined && formatDuration(seconds * 1000),
    },
    {
      id: 'workers',
      header: t('queues.workers'),
      sort: 'workers',
      greatestFirst: true,
      width: '110px',
      align: 'right',
      from: 'md',
      cell: ({ workers }) => number(workers),
    },
    {
      id: 'created',
      header: t('queues.created'),
      width: '130px',
      align: 'right',
      extra: true,
      cell: ({ created_at }) => <RelativeTime value={created_at} />,
    },
  ];
}

function QueueLink({ queue: { id, name, is_default: isDefault } }: { queue: Queue }) {
  const { t } = useTranslation();
  return (
    <>
      <Link to="/queues/$id" params={{ id }} className={rowLink}>
        {name}
      </Link>
      {isDefault && <span className="dim"> · {t('queues.default')}</span>}
    </>
  );
}

/** The second line of a narrow table. */
export function UnderQueue({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const { depth, oldest, workers } = queue;
  return (
    <>
      <QueueBadge queue={queue} />{' '}
      {depth > 0 && oldest !== undefined && (
        <>
          {t('queues.waitsSince')} <Elapsed since={oldest} /> ·{' '}
        </>
      )}
      {t('queues.served', { count: workers })}
    </>
  );
}
