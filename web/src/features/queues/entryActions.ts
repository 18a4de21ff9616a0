import type { EntriesDone, EntryPlace, Page, QueueEntry } from '@arno/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import { notifyDone, notifyFailure, notifyUndo } from '../../ui/notify.tsx';
import { placeEntries, refreshQueues, removeEntries, restoreEntries, transferEntries } from './queries.ts';

/** An entry whose task one may see. */
export type KnownEntry = QueueEntry & { task: NonNullable<QueueEntry['task']> };

export function isKnown(entry: QueueEntry): entry is KnownEntry {
  return entry.task !== undefined;
}

/** What an administrator does to entries of a queue; each says what it did, and what was gone meanwhile. */
export function useEntryActions(id: string) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const refresh = () => refreshQueues(client);
  const onError = (error: unknown) => {
    notifyFailure(t('queues.entries.failed'), error);
    void refresh();
  };
  const counted = (tasks: readonly unknown[]) => ({
    count: tasks.length,
    value: formatNumber(tasks.length, locale),
  });
  const tellGone = ({ gone }: EntriesDone) => {
    if (gone.length > 0) notifyDone(t('queues.entries.gone', counted(gone)));
  };

  const place = useMutation({
    mutationFn: (wanted: EntryPlace) => placeEntries(id, wanted),
    onSuccess: tellGone,
    onError,
    onSettled: refresh,
  });

  const transfer = useMutation({
    mutationFn: ({ tasks, to }: { tasks: string[]; to: { id: string; name: string } }) =>
      transferEntries(id, tasks, to.id),
    onSuccess: (done, { to }) => {
      if (done.done.length > 0)
        notifyDone(t('queues.entries.transferred', { ...counted(done.done), name: to.name }));
      tellGone(done);
    },
    onError,
    onSettled: refresh,
  });

  const remove = useMutation({
    mutationFn: ({ tasks }: { tasks: string[]; next: string | undefined }) => removeEntries(id, tasks),
    onSuccess: (done, { next }) => {
      tellGone(done);
      if (done.done.length === 0) return;
      notifyUndo({
        message: t('queues.entries.removed', counted(done.done)),
        undo: () => restoreEntries(id, done.done, next).finally(refresh),
        undone: t('queues.entries.restored', counted(done.done)),
      });
    },
    onError,
    onSettled: refresh,
  });

  return { place, transfer, remove };
}

/** The entries as they will stand, for showing them before the server has answered. */
export function withOrder(page: Page<QueueEntry>, order: readonly KnownEntry[]): Page<QueueEntry> {
  const first = page.items[0]?.place ?? 1;
  return { ...page, items: order.map((entry, index) => ({ ...entry, place: first + index })) };
}

/** Which task comes after those that are about to go: where they are put back. */
export function nextOf(entries: readonly KnownEntry[], tasks: readonly string[]): string | undefined {
  const last = entries.findLastIndex(({ task }) => tasks.includes(task.id));
  return entries.slice(last + 1).find(({ task }) => !tasks.includes(task.id))?.task.id;
}
