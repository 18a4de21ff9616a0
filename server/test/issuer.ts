import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type JWKS, Provider } from 'oidc-provider';
import type { OidcConfig } from '../src/config.ts';

const clientSecret = 'a-secret-that-only-the-provider-and-arno-know';

/** What the issuer says of a person, beside their name. */
export type PersonClaims = Record<string, unknown>;

interface SigningKey {
  kid: string;
  sign: CryptoKey;
  jwk: JWKS['keys'][number];
}

/** A real OpenID Connect provider on a port of this machine, with what a test needs to look at it and to break it. */
export async function startIssuer(people: Record<string, PersonClaims> = {}) {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked: string[] = [];
  let key = await newKey();
  let provider = providerOf(issuer, key, people);
  let state: 'up' | 'down' | 'hanging' = 'up';
  let keysText: string | undefined;
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '', issuer);
    asked.push(pathname);
    if (state === 'down') request.socket.destroy();
    else if (pathname === '/jwks' && keysText !== undefined) response.end(keysText);
    else if (state === 'up') provider.callback()(request, response);
  });

  const config: OidcConfig = {
    issuer,
    clientId: 'arno',
    clientSecret,
    roles: new Map([
      ['ToolAdmin', 'admin'],
      ['AreaManager', 'developer'],
    ]),
    audiences: [],
    clockSkew: 30,
  };

  return {
    issuer,
    config,
    /** How often a path was asked for. */
    askedFor: (path: string) => asked.filter((each) => each === path).length,
    become(next: typeof state) {
      state = next;
    },
    /** Signs with another key from now on, and publishes only that one. */
    async rotateKeys() {
      key = await newKey();
      provider = providerOf(issuer, key, people);
    },
    /** Publishes a text instead of its keys, until that is undefined. */
    publishKeys(text: string | undefined) {
      keysText = text;
    },
    publicKey: () => key.jwk,
    /** An access token as Keycloak writes them, lasting five minutes. */
    sign(
      claims: Record<string, unknown> = {},
      header: { alg?: string; typ?: string; kid?: string } = {},
    ): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer, sub: 'ada', typ: 'Bearer', azp: 'node-red', iat: now, exp: now + 300 };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header })
        .sign(key.sign);
    },
    /** Tokens of the provider's own making for a person: an opaque access token and a refresh token. */
    async issue(person: string, { scope = 'openid profile', seconds = 300 } = {}) {
      const client = await provider.Client.find('arno');
      if (!client) throw new Error('the provider does not know its client');
      const grant = new provider.Grant({ accountId: person, clientId: client.clientId });
      grant.addOIDCScope(scope);
      const common = {
        accountId: person,
        client,
        scope,
        grantId: await grant.save(),
        gty: 'authorization_code',
      };
      const access = new provider.AccessToken({ ...common, expiresIn: seconds } as never);
      const refresh = new provider.RefreshToken(common as never);
      return { access: await access.save(), refresh: await refresh.save(), revoke: () => access.destroy() };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export type TestIssuer = Awaited<ReturnType<typeof startIssuer>>;

async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = crypto.randomUUID();
  const jwk = { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' };
  return { kid, sign: privateKey, jwk: jwk as SigningKey['jwk'] };
}

function providerOf(issuer: string, key: SigningKey, people: Record<string, PersonClaims>): Provider {
  return new Provider(issuer, {
    jwks: { keys: [key.jwk] },
    clients: [
      {
        client_id: 'arno',
        client_secret: clientSecret,
        redirect_uris: [`${issuer}/nowhere`],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    features: { introspection: { enabled: true } },
    claims: { openid: ['sub'], profile: ['preferred_username', 'name', 'realm_access', 'groups'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, name: `Dr. ${id}`, ...people[id] }),
    }),
  });
}
