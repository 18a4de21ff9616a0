import type { Queue } from '@arno/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { useConfirm } from '../../ui/Confirm.tsx';
import { formatNumber } from '../../ui/format.ts';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { DeletionConsequences } from './DeletionConsequences.tsx';
import { deleteQueue, queueQuery, refreshQueues, setPaused } from './queries.ts';

/** Pauses a queue, or lets it go on. */
export function usePause(queue: Pick<Queue, 'id' | 'name'>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { name } = queue;
  return useMutation({
    mutationFn: (paused: boolean) => setPaused(queue.id, paused),
    onSuccess: (detail) => {
      client.setQueryData(queueQuery(queue.id).queryKey, detail);
      notifyDone(t(detail.paused ? 'queues.paused' : 'queues.resumed', { name }));
      return refreshQueues(client);
    },
    onError: (error) => notifyFailure(t('queues.failed'), error),
  });
}

/** Asks, with all that would break, and deletes a queue; answers whether it did. */
export function useDeleteQueue() {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const confirm = useConfirm();
  return async ({ id, name }: Pick<Queue, 'id' | 'name'>): Promise<boolean> => {
    // As it is now, and not as a list remembers it.
    const queue = await client.fetchQuery({ ...queueQuery(id), staleTime: 0 }).catch((error: unknown) => {
      notifyFailure(t('queues.failed'), error);
      return undefined;
    });
    if (!queue) return false;
    const isCostly = queue.depth > 0 || queue.mappings.length > 0 || queue.is_default;
    const done = await confirm({
      title: t('queues.delete.title', { name }),
      text: <DeletionConsequences queue={queue} />,
      action: t('queues.delete.action'),
      run: () => deleteQueue(id),
      ...(isCostly && { typed: name }),
    });
    if (!done) return false;
    const { depth: count } = queue;
    notifyDone(
      count > 0
        ? t('queues.delete.doneWith', { name, count, value: formatNumber(count, locale) })
        : t('queues.delete.done', { name }),
    );
    client.removeQueries({ queryKey: queueQuery(id).queryKey });
    await client.invalidateQueries({ queryKey: ['queues', 'list'] });
    return true;
  };
}
