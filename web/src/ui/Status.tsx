import type { CallStatus } from '@arno/protocol';
import {
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconCloudUpload,
  IconListCheck,
  IconPlayerPlay,
  IconPlugConnectedX,
  IconTrash,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './Status.module.css';

/** The four status colours, and grey for what neither waits nor runs nor ended well or badly. */
export type Tone = 'running' | 'completed' | 'failed' | 'waiting' | 'neutral';
type Icon = ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>;

const taskStatuses = {
  created: ['neutral', IconCircleDashed],
  queued: ['waiting', IconClock],
  in_progress: ['running', IconPlayerPlay],
  completed: ['completed', IconCircleCheck],
  published: ['completed', IconCloudUpload],
  publishing: ['running', IconCloudUpload],
  failed: ['failed', IconCircleX],
  stopped: ['neutral', IconBan],
  closed: ['neutral', IconListCheck],
  unknown: ['neutral', IconCircleDashed],
} as const satisfies Record<string, readonly [Tone, Icon]>;
export type TaskStatus = keyof typeof taskStatuses;

/** `deleted` stands for a call whose task is gone: nothing more is known of it. */
const callStatuses = {
  queued: ['waiting', IconClock],
  running: ['running', IconPlayerPlay],
  completed: ['completed', IconCircleCheck],
  failed: ['failed', IconCircleX],
  aborted: ['neutral', IconBan],
  lost: ['failed', IconPlugConnectedX],
  deleted: ['neutral', IconTrash],
} as const satisfies Record<CallStatus | 'deleted', readonly [Tone, Icon]>;

export function isTaskStatus(word: string): word is TaskStatus {
  return word in taskStatuses;
}

export function toneOf(status: TaskStatus): Tone {
  return taskStatuses[status][0];
}

/** Colour, shape and word: none of them is needed to read the other two. */
export function Badge({ tone, icon: Icon, word }: { tone: Tone; icon: Icon; word: string }) {
  return (
    <span className={styles.badge} data-tone={tone}>
      <Icon size={14} stroke={2.1} aria-hidden />
      {word}
    </span>
  );
}

export function StatusBadge({ status = 'unknown' }: { status: TaskStatus | undefined }) {
  const { t } = useTranslation();
  const [tone, icon] = taskStatuses[status];
  return <Badge tone={tone} icon={icon} word={t(`status.${status}`)} />;
}

export function CallBadge({ status }: { status: CallStatus | undefined }) {
  const { t } = useTranslation();
  const shown = status ?? 'deleted';
  const [tone, icon] = callStatuses[shown];
  return <Badge tone={tone} icon={icon} word={t(`callStatus.${shown}`)} />;
}
