import type { QueueEntry } from '@arno/protocol';
import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { ActionIcon, Checkbox, Menu, UnstyledButton } from '@mantine/core';
import {
  IconArrowBarToDown,
  IconArrowBarToUp,
  IconArrowRight,
  IconBolt,
  IconDots,
  IconGripVertical,
  IconX,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import { Badge } from '../../ui/Status.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import type { Selection } from '../../ui/useSelection.ts';
import styles from './Entries.module.css';
import { type KnownEntry, nextOf, type useEntryActions } from './entryActions.ts';

interface Props {
  entry: KnownEntry;
  /** All that are shown. */
  entries: readonly KnownEntry[];
  canDrag: boolean;
  /** Whether the keyboard is on it. */
  hasCursor: boolean;
  actions: ReturnType<typeof useEntryActions>;
  /** Without it nothing can be done to the entry. */
  selection: Selection<KnownEntry> | undefined;
  onTransfer: (tasks: string[]) => void;
}

export function EntryRow({ entry, entries, canDrag, hasCursor, actions, selection, onTransfer }: Props) {
  const { t } = useTranslation();
  const { task } = entry;
  const sortable = useSortable({ id: task.id });
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } =
    sortable;
  return (
    <li
      ref={setNodeRef}
      className={styles.row}
      style={{ transform: CSS.Translate.toString(transform), transition }}
      data-cursor={hasCursor || undefined}
      data-dragging={isDragging || undefined}
      data-ticked={selection?.has(entry) || undefined}
    >
      {canDrag && (
        <UnstyledButton
          ref={setActivatorNodeRef}
          className={styles.handle}
          {...attributes}
          {...listeners}
          aria-label={t('queues.entries.drag', { name: task.name })}
        >
          <IconGripVertical size={17} />
        </UnstyledButton>
      )}
      {selection && (
        <Checkbox
          size="xs"
          aria-label={t('queues.entries.select', { name: task.name })}
          checked={selection.has(entry)}
          onChange={() => undefined}
          onClick={(event) => selection.toggle(entry, event.shiftKey)}
        />
      )}
      <Place entry={entry} />
      <Words entry={entry} />
      <span className={styles.since}>
        <RelativeTime value={entry.added} />
      </span>
      {selection && <EntryMenu {...{ entry, entries, actions, onTransfer }} />}
    </li>
  );
}

/** A task of somebody else: only that it waits is known. */
export function HiddenRow({ entry }: { entry: QueueEntry }) {
  const { t } = useTranslation();
  return (
    <li className={styles.row}>
      <Place entry={entry} />
      <span className={`${styles.words} dim`}>{t('queues.entries.hidden')}</span>
      <span className={styles.since}>
        <RelativeTime value={entry.added} />
      </span>
    </li>
  );
}

function Place({ entry: { place } }: { entry: QueueEntry }) {
  const locale = useLocale();
  return <span className={styles.place}>{formatNumber(place, locale)}</span>;
}

function Words({ entry: { task, urgent } }: { entry: KnownEntry }) {
  const { t } = useTranslation();
  const { project, user, call_id: call } = task;
  return (
    <div className={styles.words}>
      <div className={styles.first}>
        <Link to="/tasks/$id" params={{ id: task.id }} className={styles.name} title={task.name}>
          {task.name}
        </Link>
        {urgent && <Badge tone="neutral" icon={IconBolt} word={t('queues.entries.urgent')} />}
      </div>
      <div className={styles.second}>
        {[project?.name, user?.name].filter(Boolean).join(' · ')}
        {call && (
          <>
            {' · '}
            <Link to="/calls/$kind/$id" params={{ kind: 'enqueue', id: call }} className="link">
              {t('queues.entries.call')}
            </Link>
          </>
        )}
      </div>
    </div>
  );
}

function EntryMenu({
  entry,
  entries,
  actions,
  onTransfer,
}: Pick<Props, 'entry' | 'entries' | 'actions' | 'onTransfer'>) {
  const { t } = useTranslation();
  const tasks = [entry.task.id];
  const place = (to: 'front' | 'back') => actions.place.mutate({ task_ids: tasks, to });
  return (
    <Menu position="bottom-end" width={230} shadow="md">
      <Menu.Target>
        <ActionIcon size="sm" aria-label={t('queues.entries.menu', { name: entry.task.name })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconArrowBarToUp size={15} />} onClick={() => place('front')}>
          {t('queues.entries.toFront')}
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowBarToDown size={15} />} onClick={() => place('back')}>
          {t('queues.entries.toBack')}
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowRight size={15} />} onClick={() => onTransfer(tasks)}>
          {t('queues.entries.transfer')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconX size={15} />}
          onClick={() => actions.remove.mutate({ tasks, next: nextOf(entries, tasks) })}
        >
          {t('queues.entries.remove')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
