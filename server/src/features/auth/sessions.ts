import { jwtVerify, SignJWT } from 'jose';
import type { Caller } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { newId } from '../../platform/ids.ts';
import { clearmlServer } from '../../platform/version.ts';

const day = 86_400;

/** Well over the 12 h below which clearml-agent asks for a new token all the time. */
const defaultLifeSeconds = 30 * day;
const maxLifeSeconds = 365 * day;

export interface Session {
  token: string;
  expiresAt: Date;
}

/** What a valid token says; whether it was revoked is the database's to say. */
export interface SessionClaims {
  sessionId: string;
  userId: string;
  expiresAt: Date;
}

/**
 * Signs and reads session tokens: JWT, HS256. The SDK reads versions and the feature set from the claims without asking the
 * server, so they are part of the protocol.
 */
export class Sessions {
  readonly #key: Uint8Array;

  constructor(secret: string) {
    this.#key = Buffer.from(secret, 'base64url');
  }

  /** @param seconds wanted life; at most a year, 30 days when not given */
  async issue(caller: Caller, seconds = defaultLifeSeconds): Promise<Session> {
    const life = Math.min(Math.max(seconds, 60), maxLifeSeconds);
    const issuedAt = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({
      auth_type: 'Bearer',
      identity: {
        user: caller.userId,
        company: caller.company,
        role: caller.role,
        user_name: caller.userName,
        company_name: caller.companyName,
      },
      env: 'arno',
      session_id: newId(),
      api_version: clearmlServer.api,
      server_version: clearmlServer.server,
      server_build: clearmlServer.build,
      feature_set: 'basic',
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + life)
      .sign(this.#key);
    return { token, expiresAt: new Date((issuedAt + life) * 1000) };
  }

  /** @throws ClearmlError 401/30 for a token that is not ours or has expired */
  async read(token: string): Promise<SessionClaims> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        requiredClaims: ['exp', 'identity', 'session_id'],
      });
      const { user } = payload.identity as { user: string };
      const expiresAt = new Date((payload.exp as number) * 1000);
      return { sessionId: payload.session_id as string, userId: user, expiresAt };
    } catch {
      throw new ClearmlError('invalid_token');
    }
  }
}
