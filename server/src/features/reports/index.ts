export { reportsEndpoints } from './endpoints.ts';
