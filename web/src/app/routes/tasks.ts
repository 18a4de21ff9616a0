import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { tabOfSdkLink } from '../../features/tasks/sdkLinks.ts';
import { readScalarsSearch, readTasksSearch } from '../../features/tasks/search.ts';
import { TaskCrumb } from '../../features/tasks/TaskCrumb.tsx';
import { frame } from './frame.ts';

const tasks = createRoute({
  getParentRoute: () => frame,
  path: '/tasks',
  staticData: { crumb: 'nav.tasks' },
});
const taskList = createRoute({
  getParentRoute: () => tasks,
  path: '/',
  validateSearch: readTasksSearch,
  component: lazyRouteComponent(() => import('../../features/tasks/TasksPage.tsx'), 'TasksPage'),
});
const task = createRoute({
  getParentRoute: () => tasks,
  path: '/$id',
  staticData: { crumb: TaskCrumb },
  component: lazyRouteComponent(() => import('../../features/tasks/TaskPage.tsx'), 'TaskPage'),
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
  component: lazyRouteComponent(() => import('../../features/tasks/console/ConsoleTab.tsx'), 'ConsoleTab'),
});
const taskScalars = createRoute({
  getParentRoute: () => task,
  path: '/scalars',
  validateSearch: readScalarsSearch,
  component: lazyRouteComponent(() => import('../../features/tasks/scalars/ScalarsTab.tsx'), 'ScalarsTab'),
});
const taskConfiguration = createRoute({
  getParentRoute: () => task,
  path: '/configuration',
  component: lazyRouteComponent(
    () => import('../../features/tasks/ConfigurationTab.tsx'),
    'ConfigurationTab',
  ),
});
const taskExecution = createRoute({
  getParentRoute: () => task,
  path: '/execution',
  component: lazyRouteComponent(() => import('../../features/tasks/ExecutionTab.tsx'), 'ExecutionTab'),
});
const taskArtifacts = createRoute({
  getParentRoute: () => task,
  path: '/artifacts',
  component: lazyRouteComponent(() => import('../../features/tasks/ArtifactsTab.tsx'), 'ArtifactsTab'),
});
const taskInfo = createRoute({
  getParentRoute: () => task,
  path: '/info',
  component: lazyRouteComponent(() => import('../../features/tasks/InfoTab.tsx'), 'InfoTab'),
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

/** Tasks, and the addresses of theirs that the SDK prints. */
export const taskRoutes = [
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
  sdkTaskLink,
  newSdkTaskLink,
  sdkProjectLink,
] as const;
