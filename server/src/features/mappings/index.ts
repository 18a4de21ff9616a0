export { type AddressRules, addressFault, literalAddress } from './addresses.ts';
export { MappingError } from './errors.ts';
export {
  createEndpointMapping,
  createMachineMapping,
  createTaskMapping,
  updateEndpointMapping,
  updateMachineMapping,
  updateTaskMapping,
} from './mappings.ts';
export { followOwnRuntime } from './own-runtime.ts';
export { findMapping, listMappings, type MappingRow } from './queries.ts';
export {
  callableModels,
  callableTasks,
  findModelRoute,
  findTaskRoute,
  isServingPublicId,
  type ModelRoute,
} from './routes.ts';
export { type MappingTable, remove as removeMapping } from './store.ts';
