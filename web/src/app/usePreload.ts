import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useSession } from '../api/session.ts';
import { navigationFor } from './navigation.ts';
import { preloadOnDemand } from './onDemand.tsx';

const DELAY_MS = 2_000;

/**
 * Loads the pages of the navigation, and what waits to be opened, once the first page is shown: they then open at once, also while
 * the server is away.
 */
export function usePreload(): void {
  const router = useRouter();
  const session = useSession();
  useEffect(() => {
    const timer = setTimeout(async () => {
      await preloadOnDemand();
      for (const { link } of navigationFor(session).flatMap(({ pages }) => pages)) {
        // One that cannot be loaded now is loaded, or missed, when somebody goes there.
        await router.preloadRoute(link).catch(() => undefined);
      }
    }, DELAY_MS);
    return () => clearTimeout(timer);
  }, [router, session]);
}
