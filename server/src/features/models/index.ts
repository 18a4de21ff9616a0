export { modelsEndpoints } from './endpoints.ts';
export { createModel, deleteDraftModels, disownModels, findModels, publishModels } from './store.ts';
