export { projectsEndpoints } from './endpoints.ts';
export { ensureProject, inProjectTree, requireProject } from './store.ts';
