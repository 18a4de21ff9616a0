export { usersEndpoints } from './endpoints.ts';
