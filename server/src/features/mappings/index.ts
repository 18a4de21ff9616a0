export { checkBaseUrl, checkHealthPath } from './addresses.ts';
export { callableModels, callableTasks } from './callable.ts';
export { ownTasks, type TaskSource } from './common.ts';
export { createEndpointMapping, updateEndpointMapping, withoutSlashes } from './endpoint-mappings.ts';
export { MappingError } from './errors.ts';
export {
  type Imported,
  importEndpointMapping,
  importMachineMapping,
  importTaskMapping,
} from './imported.ts';
export { inputCheck } from './input-schema.ts';
export {
  type KeyRow,
  keyOfSecret,
  listKeys as listConsumerKeys,
} from './key-store.ts';
export {
  consumerKeyPrefix,
  createKey as createConsumerKey,
  type KeyedMapping,
  type KeyedTable,
  revokeKey as revokeConsumerKey,
  rotateKey as rotateConsumerKey,
} from './keys.ts';
export { createMachineMapping, updateMachineMapping } from './machine-mappings.ts';
export { aliasesOfTasks, callerOptions, type TaskChoice } from './options.ts';
export { followOwnRuntime } from './own-runtime.ts';
export { findMapping, listMappings, type MappingRow } from './queries.ts';
export { dropDeletedMappings, removeMapping, restoreMapping } from './removal.ts';
export { mayCall, type Rights, rightsOf } from './rights.ts';
export { mappingsChannel, RouteCache } from './route-cache.ts';
export {
  findTaskRoute,
  isServingPublicId,
  type ModelRoute,
  type ModelRouteKey,
  registeredMachines,
  type ServingMachine,
  type TaskRoute,
  type TaskRouteKey,
} from './routes.ts';
export { wordsOfFaults } from './schema-compiler.ts';
export type { MappingTable } from './store.ts';
export {
  callbackSecret,
  createTaskMapping,
  inputOf as taskMappingInputOf,
  rotateCallbackSecret,
  updateTaskMapping,
} from './task-mappings.ts';
export { mappingUsage } from './usage.ts';
