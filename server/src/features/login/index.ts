export { AccessTokenError } from './access-token-error.ts';
export { AccessTokens, unverifiedClaims } from './access-tokens.ts';
export { loginEndpoints } from './endpoints.ts';
export { ProviderUnavailable } from './failures.ts';
export { OidcError, OidcLogin } from './oidc.ts';
export { OidcProvider, type ProviderTiming } from './provider.ts';
export { accountOf, readmit, removedPeople } from './store.ts';
