export { workersEndpoints } from './endpoints.ts';
