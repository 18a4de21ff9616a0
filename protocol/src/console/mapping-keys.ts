import { Type } from 'typebox';
import { exactly } from './common.ts';

/**
 * The keys of programs for one mapping, and what its callbacks are signed with.
 *
 *   GET    task-mappings/:id/keys -> {items: ConsumerKey[]};  POST {name, expires_in_days?} -> {id, key}
 *   POST   task-mappings/:id/keys/:key/rotate {grace_hours?, expires_in_days?} -> {id, key};  DELETE task-mappings/:id/keys/:key
 *   GET    endpoint-mappings/:id/keys                 the same
 *   GET    task-mappings/:id/callback-secret -> CallbackSecret;  POST makes another one, which signs from then on
 */

export const consumerKeyInput = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    /** Without it the key lives until it is revoked. */
    expires_in_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
  },
  exactly,
);

export const keyRotationInput = Type.Object(
  {
    /** How long the secret before stays good; default 24. */
    grace_hours: Type.Optional(Type.Integer({ minimum: 0, maximum: 720 })),
    /** A new life from now; without it the key ends when it would have. */
    expires_in_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
  },
  exactly,
);

/** A program's key for one mapping. Its secret is shown once, when it is made or rotated. */
export interface ConsumerKey {
  id: string;
  name: string;
  created_at: string;
  /** Who made it; absent when their account is gone. */
  created_by?: { id: string; name: string };
  expires_at?: string;
  /** To the minute. */
  last_used_at?: string;
  /** While a rotation's grace period runs. */
  previous_expires_at?: string;
}

/** Signs the callbacks of a mapping's calls; for admins. */
export interface CallbackSecret {
  callback_secret: string;
}
