import type { Role } from '@arno/protocol';
import {
  type Icon,
  IconBolt,
  IconCpu,
  IconFlask,
  IconHeartbeat,
  IconHistory,
  IconLayoutDashboard,
  IconListDetails,
  IconPlugConnected,
  IconRoute,
  IconServer2,
  IconSettings,
  IconStack2,
  IconUserShield,
  IconUsers,
} from '@tabler/icons-react';
import { linkOptions } from '@tanstack/react-router';
import type { ParseKeys } from 'i18next';
import type { Session } from '../api/session.ts';

interface Page {
  label: ParseKeys;
  icon: Icon;
  link: { to: string };
  /** Who may open it and all below it; without them everybody who is logged in. */
  roles?: readonly Role[];
  /** About queues and workers, which may live on another ClearML server. */
  tracking?: true;
}

interface Area {
  area: ParseKeys;
  pages: readonly Page[];
}

const admins = ['admin'] as const;
const developers = ['admin', 'developer'] as const;

/** The pages that the rail and the command palette lead to, by area. */
const areas = [
  {
    area: 'nav.home',
    pages: [{ label: 'nav.dashboard', icon: IconLayoutDashboard, link: linkOptions({ to: '/' }) }],
  },
  {
    area: 'nav.gateway',
    pages: [
      {
        label: 'nav.taskMappings',
        icon: IconRoute,
        link: linkOptions({ to: '/tasks-mappings' }),
        roles: developers,
      },
      {
        label: 'nav.endpointMappings',
        icon: IconPlugConnected,
        link: linkOptions({ to: '/endpoints-mappings' }),
        roles: developers,
      },
      {
        label: 'nav.machineMappings',
        icon: IconServer2,
        link: linkOptions({ to: '/machines-mappings' }),
        roles: developers,
      },
      {
        label: 'nav.enqueueCalls',
        icon: IconListDetails,
        link: linkOptions({ to: '/calls/$kind', params: { kind: 'enqueue' } }),
      },
      {
        label: 'nav.ondemandCalls',
        icon: IconBolt,
        link: linkOptions({ to: '/calls/$kind', params: { kind: 'ondemand' } }),
      },
    ],
  },
  {
    area: 'nav.work',
    pages: [{ label: 'nav.tasks', icon: IconFlask, link: linkOptions({ to: '/tasks' }), roles: developers }],
  },
  {
    area: 'nav.compute',
    pages: [
      {
        label: 'nav.queues',
        icon: IconStack2,
        link: linkOptions({ to: '/queues' }),
        roles: developers,
        tracking: true,
      },
      {
        label: 'nav.workers',
        icon: IconCpu,
        link: linkOptions({ to: '/workers' }),
        roles: developers,
        tracking: true,
      },
    ],
  },
  {
    area: 'nav.admin',
    pages: [
      { label: 'nav.users', icon: IconUsers, link: linkOptions({ to: '/users' }), roles: admins },
      // Developers share their own projects there.
      { label: 'nav.access', icon: IconUserShield, link: linkOptions({ to: '/access' }), roles: developers },
      // Developers read what became of mappings.
      { label: 'nav.audit', icon: IconHistory, link: linkOptions({ to: '/audit' }), roles: developers },
      { label: 'nav.settings', icon: IconSettings, link: linkOptions({ to: '/settings' }), roles: admins },
      { label: 'nav.health', icon: IconHeartbeat, link: linkOptions({ to: '/health' }), roles: admins },
    ],
  },
] as const satisfies readonly Area[];

type NavigationArea = (typeof areas)[number];
export type NavigationPage = NavigationArea['pages'][number];

function mayOpen(page: Page, role: Role): boolean {
  return !page.roles || page.roles.includes(role);
}

/** The areas and pages that the person may use, without those about what lives on another ClearML server. */
export function navigationFor({ user, server }: Session): { area: ParseKeys; pages: NavigationPage[] }[] {
  const exists = (page: Page) => server.tracking.here || !page.tracking;
  return areas
    .map(({ area, pages }) => ({
      area,
      pages: pages.filter((page) => mayOpen(page, user.role) && exists(page)),
    }))
    .filter(({ pages }) => pages.length > 0);
}

/** Whether somebody of this role may open an address (without the path of the console itself). */
export function isAllowed(pathname: string, role: Role): boolean {
  const pages: readonly Page[] = areas.flatMap((area): readonly Page[] => area.pages);
  const above = pages.filter(({ link }) => pathname === link.to || pathname.startsWith(`${link.to}/`));
  return above.every((page) => mayOpen(page, role));
}
