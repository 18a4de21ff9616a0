import { createPublicKey } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIssuer, type TestIssuer } from '../../../test/issuer.ts';
import type { OidcConfig } from '../../config.ts';
import { createLog } from '../../platform/log.ts';
import { AccessTokenError } from './access-token-error.ts';
import { AccessTokens } from './access-tokens.ts';
import { ProviderUnavailable } from './failures.ts';
import { OidcProvider, type ProviderTiming } from './provider.ts';

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await startIssuer({ bea: { realm_access: { roles: ['AreaManager'] }, groups: ['/lab'] } });
});

afterAll(() => issuer.close());

const freely = () => Promise.resolve();
/** Questions may follow each other at once, unless a test is about that. */
function accessTokens(config: Partial<OidcConfig> = {}, timing: Partial<ProviderTiming> = { cooldownMs: 0 }) {
  const provider = new OidcProvider({ ...issuer.config, ...config }, createLog('silent'), timing);
  return new AccessTokens(provider);
}

const verify = (token: string, config?: Partial<OidcConfig>) => accessTokens(config).verify(token, freely);
const now = () => Math.floor(Date.now() / 1000);

test("a token of Keycloak's form says who, in which roles and groups, and until when", async () => {
  const exp = now() + 60;
  const token = await issuer.sign({
    exp,
    preferred_username: 'ada',
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    realm_access: { roles: ['AreaManager', 'offline_access'] },
    resource_access: { arno: { roles: ['caller'] }, account: { roles: ['manage-account'] } },
    groups: ['/lab/vision', '/lab'],
  });
  expect(await verify(token)).toEqual({
    person: {
      issuer: issuer.issuer,
      subject: 'ada',
      username: 'ada',
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      role: 'developer',
      roles: ['AreaManager', 'offline_access', 'caller'],
      groups: ['lab/vision', 'lab'],
    },
    expires: new Date((exp + 30) * 1000),
  });
});

const refused: [
  what: string,
  words: RegExp,
  token: () => Promise<string> | string,
  config?: Partial<OidcConfig>,
][] = [
  ['an expired one', /has expired/, () => issuer.sign({ exp: now() - 31 })],
  ['one without an end', /wrong claim exp/, () => issuer.sign({ exp: undefined })],
  ['one that is not valid yet', /not valid yet/, () => issuer.sign({ nbf: now() + 60 })],
  ['one of another issuer', /not issued by/, () => issuer.sign({ iss: 'https://elsewhere.example' })],
  ['one without an issuer', /not issued by/, () => issuer.sign({ iss: undefined })],
  [
    'one with a foreign signature',
    /wrong signature/,
    async () => `${(await issuer.sign()).slice(0, -20)}${'A'.repeat(20)}`,
  ],
  ['one of an unknown key', /does not publish/, () => issuer.sign({}, { kid: 'invented' })],
  ['one for nobody', /for arno-api: neither aud nor azp/, () => issuer.sign(), { audiences: ['arno-api'] }],
  ['an ID token of Keycloak', /another token/, () => issuer.sign({ typ: 'ID' })],
  ['a refresh token of Keycloak', /another token/, () => issuer.sign({ typ: 'Refresh' })],
  ['an ID token of another provider', /ID token/, () => issuer.sign({ typ: undefined, nonce: 'n' })],
  ['a logout token', /logout\+jwt/, () => issuer.sign({}, { typ: 'logout+jwt' })],
  ['one that is bound to a key', /bound to a key/, () => issuer.sign({ cnf: { jkt: 'thumb' } })],
  ['an unsigned one', /algorithm that is not accepted/, () => unsigned()],
  ["one signed with the issuer's public key as a secret", /algorithm that is not accepted/, () => confused()],
  ['no token at all', /unknown to its issuer/, () => 'nonsense'],
  ['a JWT that cannot be read', /unknown to its issuer/, () => 'a.b.c'],
];

test.each(refused)('%s is refused', async (_what, words, token, config) => {
  await expect(verify(await token(), config)).rejects.toThrow(words);
  await expect(verify(await token(), config)).rejects.toThrow(AccessTokenError);
});

function unsigned(): string {
  return new UnsecuredJWT({ iss: issuer.issuer, sub: 'ada', typ: 'Bearer', exp: now() + 60 }).encode();
}

/** The attack on libraries that take the algorithm from the token: a public key is no secret. */
async function confused(): Promise<string> {
  const { n, e, kty, kid } = issuer.publicKey();
  const pem = createPublicKey({ key: { n, e, kty } as never, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  });
  return new SignJWT({ iss: issuer.issuer, sub: 'ada', typ: 'Bearer', exp: now() + 60 })
    .setProtectedHeader({ alg: 'HS256', kid: kid ?? '' })
    .sign(new TextEncoder().encode(String(pem)));
}

test('clocks may differ by the skew, in both directions', async () => {
  await verify(await issuer.sign({ exp: now() - 20, nbf: now() + 20 }));
  await expect(verify(await issuer.sign({ exp: now() - 5 }), { clockSkew: 0 })).rejects.toThrow(
    /has expired/,
  );
});

test('a token may name the audience in aud, azp or client_id', async () => {
  const config = { audiences: ['arno-api', 'node-red'] };
  for (const claims of [
    { azp: 'node-red' },
    { aud: ['account', 'arno-api'] },
    { aud: 'arno-api' },
    { client_id: 'node-red' },
  ]) {
    await verify(await issuer.sign({ azp: 'other', ...claims }), config);
  }
});

test('a token of RFC 9068 says in its header that it is one', async () => {
  await verify(await issuer.sign({ typ: undefined, auth_time: 1 }, { typ: 'at+jwt' }));
});

test('a rotated key is fetched, and those of invented ids are asked for only after the cool-down', async () => {
  const tokens = accessTokens({}, { cooldownMs: 60_000 });
  const keysAsked = issuer.askedFor('/jwks');
  await tokens.verify(await issuer.sign(), freely);
  for (let number = 0; number < 20; number++) {
    await expect(tokens.verify(await issuer.sign({}, { kid: `k${number}` }), freely)).rejects.toThrow(
      /not publish/,
    );
  }
  expect(issuer.askedFor('/jwks')).toBe(keysAsked + 1);

  const patient = accessTokens();
  await patient.verify(await issuer.sign(), freely);
  const old = await issuer.sign({ jti: 'of the key before' });
  await issuer.rotateKeys();
  expect((await patient.verify(await issuer.sign(), freely)).person.subject).toBe('ada');
  await expect(patient.verify(old, freely)).rejects.toThrow(/does not publish/);
});

test('a JWT that cannot be checked here is looked up at its issuer', async () => {
  const asked = issuer.askedFor('/token/introspection');
  await expect(verify(await issuer.sign({ sub: undefined }))).rejects.toThrow(
    'is unknown to its issuer, revoked or expired, or not made for us: its audience (aud) must name arno',
  );
  await expect(verify(await issuer.sign({ sub: undefined, aud: ['arno'] }))).rejects.toThrow(
    /revoked or expired$/,
  );
  issuer.publishKeys('{"keys":[]}');
  const tokens = accessTokens();
  await expect(tokens.verify(await issuer.sign(), freely)).rejects.toThrow(/unknown to its issuer/);
  issuer.publishKeys(undefined);
  await tokens.verify(await issuer.sign(), freely);
  expect(issuer.askedFor('/token/introspection')).toBe(asked + 3);
});

test('an opaque token is looked up at its issuer, once a minute', async () => {
  const tokens = accessTokens();
  const { access } = await issuer.issue('bea');
  const asked = issuer.askedFor('/token/introspection');
  const { person, expires } = await tokens.verify(access, freely);
  expect(person).toMatchObject({
    subject: 'bea',
    username: 'bea',
    name: 'Dr. bea',
    role: 'developer',
    groups: ['lab'],
  });
  expect(expires?.getTime()).toBeGreaterThan(Date.now());
  await Promise.all([tokens.verify(access, freely), tokens.verify(access, freely)]);
  expect(issuer.askedFor('/token/introspection')).toBe(asked + 1);
});

test('an opaque token that was revoked, never was or is a refresh token is refused, and not asked about again at once', async () => {
  const tokens = accessTokens();
  const { access, refresh, revoke } = await issuer.issue('bea');
  await revoke();
  const refuse = (token: string, words: RegExp) =>
    expect(tokens.verify(token, freely)).rejects.toThrow(words);
  await refuse(access, /unknown to its issuer, revoked or expired, or .*audience/);
  await refuse(refresh, /does not say that it is one/);
  const asked = issuer.askedFor('/token/introspection');
  await refuse(access, /revoked/);
  expect(issuer.askedFor('/token/introspection')).toBe(asked);
});

test('an opaque token without a profile is a name and nothing more', async () => {
  const { access } = await issuer.issue('cleo', { scope: 'offline_access' });
  const { person } = await verify(access);
  expect(person).toMatchObject({ subject: 'cleo', username: 'cleo', role: 'user', roles: [], groups: [] });
});

test('without credentials the user info tells, where no audience has to be checked', async () => {
  const config = { clientSecret: undefined };
  const { access, revoke } = await issuer.issue('bea');
  expect((await verify(access, config)).person).toMatchObject({ subject: 'bea', role: 'developer' });
  await expect(verify(access, { ...config, audiences: ['arno'] })).rejects.toThrow(
    /not one that can be checked/,
  );
  await revoke();
  await expect(verify(access, config)).rejects.toThrow(/unknown to its issuer/);
});

test('who has failed too often does not get their token asked about', async () => {
  const { access } = await issuer.issue('bea');
  const asked = issuer.askedFor('/token/introspection');
  const refuse = () => Promise.reject(new Error('too many'));
  await expect(accessTokens().verify(access, refuse)).rejects.toThrow('too many');
  expect(issuer.askedFor('/token/introspection')).toBe(asked);
});

test('known keys outlive an issuer that is down; what needs it fails as unavailable, and it is not asked again and again', async () => {
  const tokens = accessTokens({}, { cooldownMs: 60_000 });
  await tokens.verify(await issuer.sign(), freely);
  const { access } = await issuer.issue('bea');
  issuer.become('down');
  await tokens.verify(await issuer.sign({ jti: 'another' }), freely);
  await expect(tokens.verify(access, freely)).rejects.toThrow(ProviderUnavailable);

  const late = accessTokens({}, { cooldownMs: 60_000 });
  const asked = issuer.askedFor('/.well-known/openid-configuration');
  for (let number = 0; number < 5; number++) {
    await expect(late.verify(await issuer.sign({ jti: `${number}` }), freely)).rejects.toThrow(
      ProviderUnavailable,
    );
  }
  expect(issuer.askedFor('/.well-known/openid-configuration')).toBe(asked + 1);

  issuer.become('up');
  issuer.publishKeys('<html>');
  await expect(verify(await issuer.sign())).rejects.toThrow(ProviderUnavailable);
  issuer.publishKeys(undefined);

  issuer.become('hanging');
  const hasty = accessTokens({}, { cooldownMs: 0, timeoutMs: 200 });
  await expect(hasty.verify(access, freely)).rejects.toThrow(ProviderUnavailable);
  issuer.become('up');
  await expect.poll(async () => (await hasty.verify(access, freely)).person.subject).toBe('bea');
});
