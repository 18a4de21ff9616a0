/** An access token that is refused; its message says why, in words that follow "the access token". */
export class AccessTokenError extends Error {
  override readonly name = 'AccessTokenError';
}
