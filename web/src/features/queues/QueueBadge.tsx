import type { Queue } from '@arno/protocol';
import { IconPlayerPause, IconPlayerPlay, IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../ui/Status.tsx';

/** Whether tasks of a queue come to run: it hands them out, is paused, or nobody takes them. */
export function QueueBadge({ queue }: { queue: Pick<Queue, 'paused' | 'workers' | 'depth'> }) {
  const { t } = useTranslation();
  if (queue.paused) return <Badge tone="waiting" icon={IconPlayerPause} word={t('queues.state.paused')} />;
  if (queue.workers > 0) return <Badge tone="neutral" icon={IconPlayerPlay} word={t('queues.state.open')} />;
  const tone = queue.depth > 0 ? 'failed' : 'neutral';
  return <Badge tone={tone} icon={IconPlugConnectedX} word={t('queues.state.unserved')} />;
}
