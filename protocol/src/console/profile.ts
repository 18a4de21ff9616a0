import { type Static, Type } from 'typebox';
import { exactly } from './common.ts';
import { type BrowserSession, type PersonOrigin, passwordInput, userChanges } from './people.ts';

/**
 * What everybody sees and changes of their own account; key pairs and tokens are in people.ts.
 *
 *   GET    me/profile -> Profile
 *   PATCH  me {name} -> {user: User}
 *   POST   me/password {current, password}     ends all other sessions, also those that programs opened with key pairs
 *   DELETE me/sessions, me/sessions/:id -> {revoked}     all but the one that asks, or one
 */

export interface Profile {
  email?: string;
  origin: PersonOrigin;
  /** Without one there is none to change. */
  has_password: boolean;
  /** Whether the identity provider says the name, so that it is changed there. */
  is_provided: boolean;
  created_at: string;
  sessions: BrowserSession[];
}

export const profileChanges = Type.Object({ name: Type.Required(userChanges).properties.name }, exactly);
export type ProfileChanges = Static<typeof profileChanges>;

export const passwordChange = Type.Object(
  {
    current: Type.String({ minLength: 1, maxLength: 1000, description: 'your present password' }),
    password: Type.Required(passwordInput).properties.password,
  },
  exactly,
);
export type PasswordChange = Static<typeof passwordChange>;
