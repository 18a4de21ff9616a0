export { loginEndpoints } from './endpoints.ts';
export { OidcError, OidcLogin } from './oidc.ts';
