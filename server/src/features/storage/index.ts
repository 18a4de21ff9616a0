export { storageEndpoints } from './endpoints.ts';
