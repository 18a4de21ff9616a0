export { unverifiedClaims } from './access-token-claims.ts';
export { AccessTokenError } from './access-token-error.ts';
export { AccessTokens } from './access-tokens.ts';
export { type RoleMap, roleOf } from './claims.ts';
export { loginEndpoints } from './endpoints.ts';
export { ProviderUnavailable } from './failures.ts';
export { OidcError, OidcLogin } from './oidc.ts';
export { OidcProvider, type ProviderTiming } from './provider.ts';
export { accountOf, readmit, removedPeople } from './store.ts';
