import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAccessSearch } from '../../features/access/search.ts';
import { readAuditSearch } from '../../features/audit/search.ts';
import { readHealthSearch } from '../../features/health/search.ts';
import { PersonCrumb } from '../../features/people/PersonCrumb.tsx';
import { readPeopleSearch } from '../../features/people/search.ts';
import { readSettingsSearch } from '../../features/settings/search.ts';
import { frame } from './frame.ts';

const users = createRoute({
  getParentRoute: () => frame,
  path: '/users',
  staticData: { crumb: 'nav.users' },
});
const userList = createRoute({
  getParentRoute: () => users,
  path: '/',
  validateSearch: readPeopleSearch,
  component: lazyRouteComponent(() => import('../../features/people/PeoplePage.tsx'), 'PeoplePage'),
});
const user = createRoute({
  getParentRoute: () => users,
  path: '/$id',
  staticData: { crumb: PersonCrumb },
  component: lazyRouteComponent(() => import('../../features/people/PersonPage.tsx'), 'PersonPage'),
});
const access = createRoute({
  getParentRoute: () => frame,
  path: '/access',
  staticData: { crumb: 'nav.access' },
  validateSearch: readAccessSearch,
  component: lazyRouteComponent(() => import('../../features/access/AccessPage.tsx'), 'AccessPage'),
});
const audit = createRoute({
  getParentRoute: () => frame,
  path: '/audit',
  staticData: { crumb: 'nav.audit' },
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('../../features/audit/AuditPage.tsx'), 'AuditPage'),
});
const auditEntry = createRoute({
  getParentRoute: () => audit,
  path: '/$id',
  component: lazyRouteComponent(() => import('../../features/audit/AuditSheet.tsx'), 'AuditSheet'),
});

const settings = createRoute({
  getParentRoute: () => frame,
  path: '/settings',
  staticData: { crumb: 'nav.settings' },
  validateSearch: readSettingsSearch,
  component: lazyRouteComponent(() => import('../../features/settings/SettingsPage.tsx'), 'SettingsPage'),
});
const health = createRoute({
  getParentRoute: () => frame,
  path: '/health',
  staticData: { crumb: 'nav.health' },
  validateSearch: readHealthSearch,
  component: lazyRouteComponent(() => import('../../features/health/HealthPage.tsx'), 'HealthPage'),
});

/** What administrators look after. */
export const adminRoutes = [
  users.addChildren([userList, user]),
  access,
  audit.addChildren([auditEntry]),
  settings,
  health,
] as const;
