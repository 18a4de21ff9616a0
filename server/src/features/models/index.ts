export { modelsEndpoints } from './endpoints.ts';
export { createModel, deleteDraftModels, disownModels, publishModels } from './store.ts';
