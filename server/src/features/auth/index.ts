export { createAccount, deleteAccount, requireUser, wireRole } from './accounts.ts';
export { Auth, type RequestOrigin, sessionCookieOf } from './auth.ts';
export { authEndpoints } from './endpoints.ts';
export { hashPassword } from './passwords.ts';
export { rememberingCallers } from './recent-callers.ts';
export { accessTokenPrefix } from './store.ts';
