import { useSession } from '../../api/session.ts';

/** Whether the person may change registrations; developers only read them. */
export function useMayEdit(): boolean {
  return useSession().user.role === 'admin';
}
