import { useQuery } from '@tanstack/react-query';
import { clearml } from '../../api/clearml.ts';
import { proposalFrom } from './proposal.ts';

/** What a call of a task may send, from the task's own parameters; null when it has none, or they cannot be had. */
export function useTaskProposal(taskId: string) {
  return useQuery({
    queryKey: ['mapping-options', 'parameters', taskId],
    queryFn: async ({ signal }) => {
      const request = { id: [taskId], only_fields: ['hyperparams'] };
      // Where the tasks are on another server there is no ClearML API here, and nothing to propose.
      const answer = await clearml.call('tasks.get_all', request, { signal }).catch(() => undefined);
      return proposalFrom(answer?.tasks?.[0]?.hyperparams) ?? null;
    },
    enabled: taskId !== '',
  });
}
