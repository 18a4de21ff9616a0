import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frame } from './frame.ts';

const profile = createRoute({
  getParentRoute: () => frame,
  path: '/profile',
  staticData: { crumb: 'nav.profile' },
});
const profileIndex = createRoute({
  getParentRoute: () => profile,
  path: '/',
  component: lazyRouteComponent(() => import('../../features/profile/ProfilePage.tsx'), 'ProfilePage'),
});
const profileKeys = createRoute({
  getParentRoute: () => profile,
  path: '/keys',
  staticData: { crumb: 'nav.keys' },
  component: lazyRouteComponent(() => import('../../features/profile/KeysPage.tsx'), 'KeysPage'),
});

/** What belongs to who is logged in. */
export const profileRoutes = [profile.addChildren([profileIndex, profileKeys])] as const;
