import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readCallsSearch } from '../../features/calls/search.ts';
import { readDashboardSearch } from '../../features/dashboard/search.ts';
import { CallsCrumb } from '../Crumbs.tsx';
import { frame } from './frame.ts';

const dashboard = createRoute({
  getParentRoute: () => frame,
  path: '/',
  validateSearch: readDashboardSearch,
  component: lazyRouteComponent(() => import('../../features/dashboard/DashboardPage.tsx'), 'DashboardPage'),
});

const calls = createRoute({
  getParentRoute: () => frame,
  path: '/calls/$kind',
  staticData: { crumb: CallsCrumb },
  validateSearch: readCallsSearch,
  component: lazyRouteComponent(() => import('../../features/calls/CallsPage.tsx'), 'CallsPage'),
});
const call = createRoute({
  getParentRoute: () => calls,
  path: '/$id',
  component: lazyRouteComponent(() => import('../../features/calls/CallSheet.tsx'), 'CallSheet'),
});

/** The dashboard and the log of calls. */
export const homeRoutes = [dashboard, calls.addChildren([call])] as const;
