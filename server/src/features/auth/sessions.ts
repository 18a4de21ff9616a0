import { jwtVerify, SignJWT } from 'jose';
import type { Caller, Proof } from '../../clearml/endpoint.ts';
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
  sessionId: string;
  /** Of the user, now. */
  generation: number;
}

/** What a valid token says; whether what it is bound to still holds is the database's to say. */
export interface SessionClaims {
  sessionId: string;
  userId: string;
  expiresAt: Date;
  /** Of the user, when the session was opened. */
  generation: number;
  /** Id of the task whose program it is for. */
  task?: string;
  proof: Proof & { rootSession: string };
  /** Of who opened it for the user, then. */
  makerGeneration?: number;
}

/** `session_generation` of the session's user, and of whoever opened it for them. */
export interface Generations {
  user: number;
  maker?: number | undefined;
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

  /**
   * A session of the caller, which never outlives what the caller proved themselves with.
   *
   * @param seconds wanted life; at most a year, 30 days when not given
   */
  async issue(caller: Caller, generations: Generations, seconds = defaultLifeSeconds): Promise<Session> {
    const life = Math.min(Math.max(seconds, 60), maxLifeSeconds);
    const issuedAt = Math.floor(Date.now() / 1000);
    const { proof = {} } = caller;
    const provenUntil = proof.expiresAt
      ? Math.floor(proof.expiresAt.getTime() / 1000)
      : Number.POSITIVE_INFINITY;
    const expires = Math.min(issuedAt + life, provenUntil);
    const sessionId = newId();
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
      session_id: sessionId,
      bound_to: {
        generation: generations.user,
        root_session: proof.rootSession ?? sessionId,
        key: proof.key,
        access_token: proof.accessToken,
        made_by: proof.madeBy,
        maker_generation: generations.maker,
        task: caller.task,
      } satisfies Bonds,
      api_version: clearmlServer.api,
      server_version: clearmlServer.server,
      server_build: clearmlServer.build,
      feature_set: 'basic',
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt(issuedAt)
      .setExpirationTime(expires)
      .sign(this.#key);
    return { token, expiresAt: new Date(expires * 1000), sessionId, generation: generations.user };
  }

  /** @throws ClearmlError 401/30 for a token that is not ours or has expired */
  async read(token: string): Promise<SessionClaims> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        requiredClaims: ['exp', 'identity', 'session_id', 'bound_to'],
      });
      const { user } = payload.identity as { user: string };
      const bonds = payload.bound_to as Bonds;
      const expiresAt = new Date((payload.exp as number) * 1000);
      return {
        sessionId: payload.session_id as string,
        userId: user,
        expiresAt,
        generation: bonds.generation,
        ...(bonds.task !== undefined && { task: bonds.task }),
        proof: { ...proofOf(bonds), expiresAt },
        ...(bonds.maker_generation !== undefined && { makerGeneration: bonds.maker_generation }),
      };
    } catch {
      throw new ClearmlError('invalid_token');
    }
  }
}

/** The token's claims of our own. */
interface Bonds {
  generation: number;
  root_session: string;
  key: string | undefined;
  access_token: string | undefined;
  made_by: string | undefined;
  maker_generation: number | undefined;
  task: string | undefined;
}

function proofOf({ root_session: rootSession, key, access_token: accessToken, made_by: madeBy }: Bonds) {
  return {
    rootSession,
    ...(key !== undefined && { key }),
    ...(accessToken !== undefined && { accessToken }),
    ...(madeBy !== undefined && { madeBy }),
  };
}
