import { type Static, Type } from 'typebox';
import { exactly } from './common.ts';

/**
 * Who logs in, and what people call with.
 *
 *   POST   login {username, password} -> {user}      sets the session cookie
 *   POST   logout                                     clears it
 *   GET    me -> {user, version, server: ServerInfo}
 *   GET    login/oidc                                 begins the single sign-on: a page to open, not to fetch
 *   GET    tokens -> {items: AccessToken[]};  POST tokens {name, expires_in_days?} -> {id, token};  DELETE tokens/:id
 *   GET    keys -> {items: KeyPair[]};  POST keys {label?} -> {access_key, secret_key};  DELETE keys/:access_key
 *   GET    people?q -> {items: PersonName[]}          at most 50 to pick from; developers too
 *
 * and for administrators
 *
 *   GET    users?q&role&origin&state&order&page&page_size -> Page<Person>
 *   POST   users {username, name, role, email?, password?} -> {user: Person, password?}     without a password one is made up
 *   GET    users/:id -> PersonDetail;  PATCH users/:id {name?, email?, role?, disabled?} -> PersonDetail;  DELETE users/:id
 *   GET    users/:id/belongings -> Belongings         what goes with the account, and what stays
 *   POST   users/:id/password {password?} -> {password?}                                    ends all its sessions
 *   DELETE users/:id/keys, users/:id/keys/:access_key, users/:id/tokens, users/:id/tokens/:token -> {revoked}
 *   DELETE users/:id/sessions, users/:id/sessions/:session -> {revoked}     of oneself all but the one that asks
 *   GET    removed-people -> {items: RemovedPerson[]};  DELETE removed-people/:id lets them in again
 */

export type Role = 'admin' | 'developer' | 'user';

export interface User {
  id: string;
  username: string;
  name: string;
  role: Role;
}

/** What decides which pages of the console there are. */
export interface ServerInfo {
  /** Parts that this process runs: api, files, web, gateway, serving, agent, jobs. */
  roles: string[];
  /** Whether tasks, queues and workers live here, or on another ClearML server, whose console may be known. */
  tracking: { here: boolean; web?: string };
}

export const loginRequest = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 200 }),
  password: Type.String({ minLength: 1, maxLength: 1000 }),
});

export const accessTokenInput = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  /** Without it the token lives until it is revoked. */
  expires_in_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
});

export const keyPairInput = Type.Object({ label: Type.Optional(Type.String({ maxLength: 200 })) });

/** Somebody whose account was deleted, and who therefore gets no other by their single sign-on. */
export interface RemovedPerson {
  id: string;
  username: string;
  name: string;
  removed_at: string;
}

export interface AccessToken {
  id: string;
  name: string;
  created_at: string;
  expires_at?: string;
  last_used_at?: string;
}

export interface KeyPair {
  access_key: string;
  label?: string;
  created_at: string;
  last_used_at?: string;
  /** Address that it was used from last. */
  last_used_from?: string;
}

export const roles = ['admin', 'developer', 'user'] as const satisfies Role[];
const role = Type.Enum(roles, { description: 'one of admin, developer and user' });

/** How somebody gets in: by a name and password of ours, by the single sign-on, or with the key pairs of agents only. */
export const personOrigins = ['local', 'oidc', 'agent'] as const;
export type PersonOrigin = (typeof personOrigins)[number];

/** What a list of people can be ordered by; with `-` before it descending. */
export const personOrders = ['name', 'username', 'role', 'created', 'last_seen'] as const;

export const peopleQuery = Type.Object({
  /** Part of a name, user name or e-mail address. */
  q: Type.Optional(Type.String({ maxLength: 200 })),
  role: Type.Optional(role),
  origin: Type.Optional(Type.Enum(personOrigins)),
  state: Type.Optional(Type.Enum(['enabled', 'disabled'])),
  order: Type.Optional(Type.Enum(personOrders.flatMap((order) => [order, `-${order}`]))),
  /** Counted from 1. */
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
});
export type PeopleQuery = Static<typeof peopleQuery>;

/** An account as administrators see it. */
export interface Person extends User {
  email?: string;
  origin: PersonOrigin;
  /** Whether there is a password to log in with. */
  has_password: boolean;
  /** Since when nobody gets in with it. */
  disabled_at?: string;
  created_at: string;
  /** To the minute: by login, session, key pair or token. */
  last_seen_at?: string;
  /** How many key pairs and personal tokens it has. */
  keys: number;
  tokens: number;
}

export interface PersonDetail extends Person {
  /** Whether the identity provider says name, e-mail address and role, at each login. */
  is_provided: boolean;
  /** What the identity provider said at the last login. */
  provider?: { issuer: string; roles: string[]; groups: string[] };
  key_pairs: KeyPair[];
  access_tokens: AccessToken[];
  sessions: BrowserSession[];
}

/** A login with a browser that has not ended. */
export interface BrowserSession {
  id: string;
  created_at: string;
  expires_at: string;
  /** To the minute. */
  last_used_at: string;
  /** Where it was used last. */
  address: string;
  /** `User-Agent` of the browser. */
  agent: string;
  /** The one that asks. */
  current: boolean;
}

/** What hangs on an account. */
export interface Belongings {
  /** Stays when the account is deleted, and is the administrators' then. */
  tasks: number;
  models: number;
  projects: number;
  /** Of the tasks, those whose programs lose their rights. */
  running_tasks: number;
  /** Goes with the account. */
  keys: number;
  tokens: number;
  sessions: number;
  /** Projects of others that are shared with it. */
  shares: number;
  /** Mappings whose list of people names it. */
  mappings: { kind: 'task_mapping' | 'endpoint_mapping'; id: string; alias: string }[];
}

const password = Type.String({
  minLength: 10,
  maxLength: 1000,
  description: 'at least 10 characters',
});
const name = Type.String({
  ...{ minLength: 1, maxLength: 200, pattern: '\\S' },
  description: 'a name of at most 200 characters',
});
const emailPattern = '^[^\\s@]+@[^\\s@]+$';

export const newUserInput = Type.Object(
  {
    /** What they log in with; it cannot be changed later. */
    username: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$',
      description: 'letters, digits and . _ @ + -, at most 100, beginning with a letter or digit',
    }),
    name,
    role,
    email: Type.Optional(
      Type.String({ pattern: emailPattern, maxLength: 200, description: 'an e-mail address' }),
    ),
    password: Type.Optional(password),
  },
  exactly,
);
export type NewUserInput = Static<typeof newUserInput>;

export const userChanges = Type.Object(
  {
    name: Type.Optional(name),
    /** An empty text is none. */
    email: Type.Optional(
      Type.String({ pattern: `^$|${emailPattern}`, maxLength: 200, description: 'an e-mail address' }),
    ),
    role: Type.Optional(role),
    disabled: Type.Optional(Type.Boolean()),
  },
  exactly,
);
export type UserChanges = Static<typeof userChanges>;

export const passwordInput = Type.Object({ password: Type.Optional(password) }, exactly);

/** Somebody to pick from a list. */
export interface PersonName {
  id: string;
  username: string;
  name: string;
}

export const personNamesQuery = Type.Object({ q: Type.Optional(Type.String({ maxLength: 200 })) });
