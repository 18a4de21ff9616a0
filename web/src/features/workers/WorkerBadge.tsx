import type { WorkerState } from '@arno/protocol';
import {
  IconCircleDashed,
  IconDropletDown,
  IconDropletOff,
  IconMoonOff,
  IconPlayerPlay,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../ui/Status.tsx';

const looks = {
  busy: ['running', IconPlayerPlay],
  idle: ['neutral', IconCircleDashed],
  draining: ['waiting', IconDropletDown],
  drained: ['waiting', IconDropletOff],
  lost: ['failed', IconPlugConnectedX],
  away: ['neutral', IconMoonOff],
} as const satisfies Record<WorkerState, readonly [string, unknown]>;

export function WorkerBadge({ state }: { state: WorkerState }) {
  const { t } = useTranslation();
  const [tone, icon] = looks[state];
  return <Badge tone={tone} icon={icon} word={t(`workers.state.${state}`)} />;
}
