export {
  createAccount,
  deleteAccount,
  editAccount,
  requireAdmin,
  requireUser,
  setPassword,
  wireRole,
} from './accounts.ts';
export { Auth, type RequestOrigin, sessionCookie, sessionCookieOf } from './auth.ts';
export { dropAccessToken, dropKeyPair, makeAccessToken, makeKeyPair } from './credentials.ts';
export { authEndpoints } from './endpoints.ts';
export { hashPassword } from './passwords.ts';
export { rememberingCallers } from './recent-callers.ts';
export { type BrowserSession, endAllSessions, endSessions, sessionsOf } from './session-list.ts';
export { accessTokenPrefix } from './store.ts';
