import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { toFailure } from '../../api/failure.ts';
import { sessionQuery } from '../../api/session.ts';
import { PageError, PageMissing } from '../../ui/PageStates.tsx';
import { Frame } from '../Frame.tsx';
import { FramePending } from '../FramePending.tsx';
import { defined, text } from '../search.ts';

export const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: PageMissing,
});

export const login = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search): { next?: string; ended?: true; sso_error?: string } =>
    defined({
      next: text(search.next),
      ended: search.ended === 'true' || search.ended === true || undefined,
      sso_error: text(search.sso_error),
    }),
  component: lazyRouteComponent(() => import('../../features/auth/LoginPage.tsx'), 'LoginPage'),
});

/** Everything behind the login. The session is loaded once; later calls find it in the cache. */
export const frame = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (toFailure(error).kind !== 'login') throw error;
      throw redirect({ to: '/login', search: { next: location.href }, replace: true });
    }
  },
  component: Frame,
  pendingComponent: FramePending,
  errorComponent: PageError,
  notFoundComponent: PageMissing,
});
