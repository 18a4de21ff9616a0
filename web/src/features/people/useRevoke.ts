import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Question, useConfirm } from '../../ui/Confirm.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { type CredentialList, refreshPeople, revoke } from './queries.ts';

/**
 * Asks, and then revokes one of a person's list, or all of it.
 *
 * @param id of the person
 */
export function useRevoke(id: string, list: CredentialList) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const confirm = useConfirm();
  const done = list === 'sessions' ? 'people.sessions.ended' : 'people.revoke.done';
  return (question: Pick<Question, 'title' | 'text' | 'action'>, item?: string) =>
    void confirm({
      ...question,
      run: async () => {
        const { revoked } = await revoke(id, list, item);
        notifyDone(t(done, { count: revoked }));
        await refreshPeople(client);
      },
    });
}
