import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readMappingsSearch } from '../../features/mappings/search.ts';
import { defined, type RawSearch, text } from '../search.ts';
import { frame } from './frame.ts';

const mappingsPages = () => import('../../features/mappings/MappingsPages.tsx');
const mappingSheets = () => import('../../features/mappings/MappingSheets.tsx');
const tryPages = () => import('../../features/mappings/try/TryPage.tsx');
const taskMappingForm = () => import('../../features/mappings/form/TaskMappingForm.tsx');
const endpointMappingForm = () => import('../../features/mappings/form/EndpointMappingForm.tsx');
const machineMappingForm = () => import('../../features/mappings/form/MachineMappingForm.tsx');
/** `call`: the call of the log whose request the form begins with. */
const readTrySearch = (search: RawSearch): { call?: string } => defined({ call: text(search.call) });
const taskMappings = createRoute({
  getParentRoute: () => frame,
  path: '/tasks-mappings',
  staticData: { crumb: 'nav.taskMappings' },
});
const taskMappingList = createRoute({
  getParentRoute: () => taskMappings,
  id: 'list',
  validateSearch: readMappingsSearch,
  component: lazyRouteComponent(mappingsPages, 'TaskMappingsPage'),
});
const taskMappingIndex = createRoute({ getParentRoute: () => taskMappingList, path: '/' });
const taskMapping = createRoute({
  getParentRoute: () => taskMappingList,
  path: '/$id',
  component: lazyRouteComponent(mappingSheets, 'TaskMappingSheet'),
});
const newTaskMapping = createRoute({
  getParentRoute: () => taskMappings,
  path: '/new',
  staticData: { crumb: 'mappings.tasks.new' },
  component: lazyRouteComponent(taskMappingForm, 'NewTaskMapping'),
});
const editTaskMapping = createRoute({
  getParentRoute: () => taskMappings,
  path: '/$id/edit',
  staticData: { crumb: 'action.edit' },
  component: lazyRouteComponent(taskMappingForm, 'EditTaskMapping'),
});
const tryTaskMapping = createRoute({
  getParentRoute: () => taskMappings,
  path: '/$id/try',
  staticData: { crumb: 'mappings.try.action' },
  validateSearch: readTrySearch,
  component: lazyRouteComponent(tryPages, 'TryTask'),
});
const endpointMappings = createRoute({
  getParentRoute: () => frame,
  path: '/endpoints-mappings',
  staticData: { crumb: 'nav.endpointMappings' },
});
const endpointMappingList = createRoute({
  getParentRoute: () => endpointMappings,
  id: 'list',
  validateSearch: readMappingsSearch,
  component: lazyRouteComponent(mappingsPages, 'EndpointMappingsPage'),
});
const endpointMappingIndex = createRoute({ getParentRoute: () => endpointMappingList, path: '/' });
const endpointMapping = createRoute({
  getParentRoute: () => endpointMappingList,
  path: '/$id',
  component: lazyRouteComponent(mappingSheets, 'EndpointMappingSheet'),
});
const newEndpointMapping = createRoute({
  getParentRoute: () => endpointMappings,
  path: '/new',
  staticData: { crumb: 'mappings.endpoints.new' },
  validateSearch: (search): { serving?: string } => defined({ serving: text(search.serving) }),
  component: lazyRouteComponent(endpointMappingForm, 'NewEndpointMapping'),
});
const editEndpointMapping = createRoute({
  getParentRoute: () => endpointMappings,
  path: '/$id/edit',
  staticData: { crumb: 'action.edit' },
  component: lazyRouteComponent(endpointMappingForm, 'EditEndpointMapping'),
});
const tryEndpointMapping = createRoute({
  getParentRoute: () => endpointMappings,
  path: '/$id/try',
  staticData: { crumb: 'mappings.try.action' },
  validateSearch: readTrySearch,
  component: lazyRouteComponent(tryPages, 'TryModel'),
});
const machineMappings = createRoute({
  getParentRoute: () => frame,
  path: '/machines-mappings',
  staticData: { crumb: 'nav.machineMappings' },
});
const machineMappingList = createRoute({
  getParentRoute: () => machineMappings,
  id: 'list',
  validateSearch: readMappingsSearch,
  component: lazyRouteComponent(mappingsPages, 'MachineMappingsPage'),
});
const machineMappingIndex = createRoute({ getParentRoute: () => machineMappingList, path: '/' });
const machineMapping = createRoute({
  getParentRoute: () => machineMappingList,
  path: '/$id',
  component: lazyRouteComponent(mappingSheets, 'MachineMappingSheet'),
});
const newMachineMapping = createRoute({
  getParentRoute: () => machineMappings,
  path: '/new',
  staticData: { crumb: 'mappings.machines.new' },
  component: lazyRouteComponent(machineMappingForm, 'NewMachineMapping'),
});
const editMachineMapping = createRoute({
  getParentRoute: () => machineMappings,
  path: '/$id/edit',
  staticData: { crumb: 'action.edit' },
  component: lazyRouteComponent(machineMappingForm, 'EditMachineMapping'),
});

/** What is published: lists with the open one beside them, and forms. */
export const mappingRoutes = [
  taskMappings.addChildren([
    taskMappingList.addChildren([taskMappingIndex, taskMapping]),
    newTaskMapping,
    editTaskMapping,
    tryTaskMapping,
  ]),
  endpointMappings.addChildren([
    endpointMappingList.addChildren([endpointMappingIndex, endpointMapping]),
    newEndpointMapping,
    editEndpointMapping,
    tryEndpointMapping,
  ]),
  machineMappings.addChildren([
    machineMappingList.addChildren([machineMappingIndex, machineMapping]),
    newMachineMapping,
    editMachineMapping,
  ]),
] as const;
