export { pipelinesEndpoints } from './endpoints.ts';
