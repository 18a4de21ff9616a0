import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { consoleApi } from '../api/console.ts';

/** Logs out and leaves nothing of this person on the screen. */
export function useLogout(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    // Without an answer the cookie may live on, but the person still leaves this screen.
    await consoleApi('POST', 'logout').catch(() => undefined);
    await navigate({ to: '/login' });
    client.clear();
  };
}
