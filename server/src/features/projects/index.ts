import type { Endpoint } from '../../clearml/endpoint.ts';
import { projectEndpoints } from './endpoints.ts';
import { treeEndpoints } from './tree.ts';

export { inProjectTree, projectFilter, treeFilter } from './filters.ts';
export {
  ensureChildProject,
  ensureProject,
  lockProject,
  lockTree,
  projectIdByName,
  projectName,
  projects,
  requireProject,
  requireWritableProject,
} from './store.ts';

export const projectsEndpoints: Endpoint[] = [...projectEndpoints, ...treeEndpoints];
export {
  findSharedProject,
  firstUnknownUser,
  listShares,
  type ProjectShare,
  replaceShares,
  type SharedProject,
} from './shares.ts';
