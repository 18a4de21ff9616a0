export { Auth, type RequestOrigin, sessionCookie } from './auth.ts';
export { authEndpoints } from './endpoints.ts';
export { hashPassword } from './passwords.ts';
