import {
  IconBolt,
  IconFlask,
  IconLayoutDashboard,
  IconListDetails,
  IconPlugConnected,
  IconRoute,
  IconServer2,
} from '@tabler/icons-react';
import { linkOptions } from '@tanstack/react-router';

/** The pages that the rail and the command palette lead to, by area. */
export const navigation = [
  {
    area: 'nav.home',
    pages: [{ label: 'nav.dashboard', icon: IconLayoutDashboard, link: linkOptions({ to: '/' }) }],
  },
  {
    area: 'nav.gateway',
    pages: [
      { label: 'nav.taskMappings', icon: IconRoute, link: linkOptions({ to: '/tasks-mappings' }) },
      {
        label: 'nav.endpointMappings',
        icon: IconPlugConnected,
        link: linkOptions({ to: '/endpoints-mappings' }),
      },
      { label: 'nav.machineMappings', icon: IconServer2, link: linkOptions({ to: '/machines-mappings' }) },
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
    pages: [{ label: 'nav.tasks', icon: IconFlask, link: linkOptions({ to: '/tasks' }) }],
  },
] as const;
