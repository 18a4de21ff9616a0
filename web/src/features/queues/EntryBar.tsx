import { Button, Checkbox, CloseButton } from '@mantine/core';
import { IconArrowBarToDown, IconArrowBarToUp, IconArrowRight, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '../../ui/useSelection.ts';
import styles from './Entries.module.css';
import { type KnownEntry, nextOf, type useEntryActions } from './entryActions.ts';

interface Props {
  selection: Selection<KnownEntry>;
  entries: readonly KnownEntry[];
  actions: ReturnType<typeof useEntryActions>;
  onTransfer: (tasks: string[]) => void;
}

/** Head of the list of entries. Where they can be ticked it ticks all, and makes place for what can be done to them. */
export function EntryHead({
  selection,
  canDrag,
}: {
  selection: Selection<KnownEntry> | undefined;
  canDrag: boolean;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles.head}>
      {canDrag && <span className={styles.noHandle} />}
      {selection && (
        <Checkbox
          size="xs"
          aria-label={t('table.selectAll')}
          checked={false}
          onChange={selection.toggleAll}
        />
      )}
      <span className={styles.place}>{t('queues.entries.place')}</span>
      <span className={styles.words}>{t('queues.entries.task')}</span>
      <span className={styles.since}>{t('queues.entries.since')}</span>
      {selection && <span className={styles.noMenu} />}
    </div>
  );
}

/** What can be done to the ticked entries together. */
export function EntryBar({ selection, entries, actions, onTransfer }: Props) {
  const { t } = useTranslation();
  const tasks = selection.rows.map(({ task }) => task.id);
  const common = { size: 'compact-sm', variant: 'default' } as const;
  return (
    <div className={styles.bar} role="toolbar" aria-label={t('table.selectionBar')}>
      <span role="status">{t('table.selected', { count: tasks.length })}</span>
      <Button
        {...common}
        leftSection={<IconArrowBarToUp size={14} />}
        onClick={() => actions.place.mutate({ task_ids: tasks, to: 'front' })}
      >
        {t('queues.entries.toFront')}
      </Button>
      <Button
        {...common}
        leftSection={<IconArrowBarToDown size={14} />}
        onClick={() => actions.place.mutate({ task_ids: tasks, to: 'back' })}
      >
        {t('queues.entries.toBack')}
      </Button>
      <Button {...common} leftSection={<IconArrowRight size={14} />} onClick={() => onTransfer(tasks)}>
        {t('queues.entries.transfer')}
      </Button>
      <Button
        {...common}
        leftSection={<IconX size={14} />}
        onClick={() => actions.remove.mutate({ tasks, next: nextOf(entries, tasks) })}
      >
        {t('queues.entries.remove')}
      </Button>
      <CloseButton size="sm" ml="auto" aria-label={t('table.unselect')} onClick={selection.clear} />
    </div>
  );
}
