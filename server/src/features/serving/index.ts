export { servingEndpoints } from './endpoints.ts';
