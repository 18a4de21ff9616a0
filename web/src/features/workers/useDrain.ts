import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { setDrained, workerQuery } from './queries.ts';

/** Drains a worker, or gives it tasks again. */
export function useDrain(id: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (drained: boolean) => setDrained(id, drained),
    onSuccess: (worker, drained) => {
      if (worker) client.setQueryData(workerQuery(id).queryKey, worker);
      notifyDone(t(drained ? 'workers.drain.done' : 'workers.drain.undone', { name: id }));
      return Promise.all([
        client.invalidateQueries({ queryKey: ['workers', 'list'] }),
        client.invalidateQueries({ queryKey: ['queues'] }),
      ]);
    },
    onError: (error) => notifyFailure(t('workers.drain.failed'), error),
  });
}
