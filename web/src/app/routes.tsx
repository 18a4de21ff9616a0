import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { toFailure } from '../api/failure.ts';
import { sessionQuery } from '../api/session.ts';
import { readCallsSearch } from '../features/calls/search.ts';
import { readMappingsSearch } from '../features/mappings/search.ts';
import { tabOfSdkLink } from '../features/tasks/sdkLinks.ts';
import { readScalarsSearch, readTasksSearch } from '../features/tasks/search.ts';
import { TaskCrumb } from '../features/tasks/TaskCrumb.tsx';
import { PageError, PageMissing } from '../ui/PageStates.tsx';
import { CallsCrumb } from './Crumbs.tsx';
import { FramePending } from './FramePending.tsx';
import { defined, text } from './search.ts';

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: PageMissing,
});

const login = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search): { next?: string; sso_error?: string } =>
    defined({ next: text(search.next), sso_error: text(search.sso_error) }),
  component: lazyRouteComponent(() => import('../features/auth/LoginPage.tsx'), 'LoginPage'),
});

/** Everything behind the login. The session is loaded once; later calls find it in the cache. */
const frame = createRoute({
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
  component: lazyRouteComponent(() => import('./Frame.tsx'), 'Frame'),
  pendingComponent: FramePending,
  errorComponent: PageError,
  notFoundComponent: PageMissing,
});

const dashboard = createRoute({
  getParentRoute: () => frame,
  path: '/',
  component: lazyRouteComponent(() => import('../features/dashboard/DashboardPage.tsx'), 'DashboardPage'),
});

const tasks = createRoute({
  getParentRoute: () => frame,
  path: '/tasks',
  staticData: { crumb: 'nav.tasks' },
});
const taskList = createRoute({
  getParentRoute: () => tasks,
  path: '/',
  validateSearch: readTasksSearch,
  component: lazyRouteComponent(() => import('../features/tasks/TasksPage.tsx'), 'TasksPage'),
});
const task = createRoute({
  getParentRoute: () => tasks,
  path: '/$id',
  staticData: { crumb: TaskCrumb },
  component: lazyRouteComponent(() => import('../features/tasks/TaskPage.tsx'), 'TaskPage'),
});
const taskIndex = createRoute({
  getParentRoute: () => task,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/tasks/$id/console', params, replace: true });
  },
});
const taskConsole = createRoute({
  getParentRoute: () => task,
  path: '/console',
  component: lazyRouteComponent(() => import('../features/tasks/console/ConsoleTab.tsx'), 'ConsoleTab'),
});
const taskScalars = createRoute({
  getParentRoute: () => task,
  path: '/scalars',
  validateSearch: readScalarsSearch,
  component: lazyRouteComponent(() => import('../features/tasks/scalars/ScalarsTab.tsx'), 'ScalarsTab'),
});
const taskConfiguration = createRoute({
  getParentRoute: () => task,
  path: '/configuration',
  component: lazyRouteComponent(() => import('../features/tasks/ConfigurationTab.tsx'), 'ConfigurationTab'),
});
const taskExecution = createRoute({
  getParentRoute: () => task,
  path: '/execution',
  component: lazyRouteComponent(() => import('../features/tasks/ExecutionTab.tsx'), 'ExecutionTab'),
});
const taskArtifacts = createRoute({
  getParentRoute: () => task,
  path: '/artifacts',
  component: lazyRouteComponent(() => import('../features/tasks/ArtifactsTab.tsx'), 'ArtifactsTab'),
});
const taskInfo = createRoute({
  getParentRoute: () => task,
  path: '/info',
  component: lazyRouteComponent(() => import('../features/tasks/InfoTab.tsx'), 'InfoTab'),
});

const calls = createRoute({
  getParentRoute: () => frame,
  path: '/calls/$kind',
  staticData: { crumb: CallsCrumb },
  validateSearch: readCallsSearch,
  component: lazyRouteComponent(() => import('../features/calls/CallsPage.tsx'), 'CallsPage'),
});
const call = createRoute({
  getParentRoute: () => calls,
  path: '/$id',
  component: lazyRouteComponent(() => import('../features/calls/CallSheet.tsx'), 'CallSheet'),
});

const mappingsPages = () => import('../features/mappings/MappingsPages.tsx');
const mappingSheets = () => import('../features/mappings/MappingSheets.tsx');
const taskMappings = createRoute({
  getParentRoute: () => frame,
  path: '/tasks-mappings',
  staticData: { crumb: 'nav.taskMappings' },
  validateSearch: readMappingsSearch,
  component: lazyRouteComponent(mappingsPages, 'TaskMappingsPage'),
});
const taskMapping = createRoute({
  getParentRoute: () => taskMappings,
  path: '/$id',
  component: lazyRouteComponent(mappingSheets, 'TaskMappingSheet'),
});
const endpointMappings = createRoute({
  getParentRoute: () => frame,
  path: '/endpoints-mappings',
  staticData: { crumb: 'nav.endpointMappings' },
  validateSearch: readMappingsSearch,
  component: lazyRouteComponent(mappingsPages, 'EndpointMappingsPage'),
});
const endpointMapping = createRoute({
  getParentRoute: () => endpointMappings,
  path: '/$id',
  component: lazyRouteComponent(mappingSheets, 'EndpointMappingSheet'),
});
const machineMappings = createRoute({
  getParentRoute: () => frame,
  path: '/machines-mappings',
  staticData: { crumb: 'nav.machineMappings' },
  validateSearch: readMappingsSearch,
  component: lazyRouteComponent(mappingsPages, 'MachineMappingsPage'),
});
const machineMapping = createRoute({
  getParentRoute: () => machineMappings,
  path: '/$id',
  component: lazyRouteComponent(mappingSheets, 'MachineMappingSheet'),
});

const profile = createRoute({
  getParentRoute: () => frame,
  path: '/profile',
  staticData: { crumb: 'nav.profile' },
});
const profileIndex = createRoute({
  getParentRoute: () => profile,
  path: '/',
  component: lazyRouteComponent(() => import('../features/profile/ProfilePage.tsx'), 'ProfilePage'),
});
const profileKeys = createRoute({
  getParentRoute: () => profile,
  path: '/keys',
  staticData: { crumb: 'nav.keys' },
  component: lazyRouteComponent(() => import('../features/profile/KeysPage.tsx'), 'KeysPage'),
});

/** Links printed by the SDK, old and new; `*` stands for "any project" there, which `$project` matches too. */
function redirectToTab({ params }: { params: { task: string; _splat?: string } }): never {
  const tab = tabOfSdkLink(params._splat ?? '');
  throw redirect({ to: `/tasks/$id/${tab}`, params: { id: params.task }, replace: true });
}
const sdkTaskLink = createRoute({
  getParentRoute: () => frame,
  path: '/projects/$project/experiments/$task/$',
  beforeLoad: redirectToTab,
});
const newSdkTaskLink = createRoute({
  getParentRoute: () => frame,
  path: '/projects/$project/tasks/$task/$',
  beforeLoad: redirectToTab,
});
const sdkProjectLink = createRoute({
  getParentRoute: () => frame,
  path: '/projects/$project/{-$page}',
  beforeLoad: ({ params }) => {
    const search = params.project === '*' ? {} : { project: params.project };
    throw redirect({ to: '/tasks', search, replace: true });
  },
});

/** Any other address, said inside the frame. */
const missing = createRoute({ getParentRoute: () => frame, path: '/$', component: PageMissing });

export const routeTree = rootRoute.addChildren([
  login,
  frame.addChildren([
    dashboard,
    tasks.addChildren([
      taskList,
      task.addChildren([
        taskIndex,
        taskConsole,
        taskScalars,
        taskConfiguration,
        taskExecution,
        taskArtifacts,
        taskInfo,
      ]),
    ]),
    calls.addChildren([call]),
    taskMappings.addChildren([taskMapping]),
    endpointMappings.addChildren([endpointMapping]),
    machineMappings.addChildren([machineMapping]),
    profile.addChildren([profileIndex, profileKeys]),
    sdkTaskLink,
    newSdkTaskLink,
    sdkProjectLink,
    missing,
  ]),
]);
