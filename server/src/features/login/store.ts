import { type Kysely, sql } from 'kysely';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import { brokenUnique } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import type { DB } from '../../platform/schema.ts';
import { recordChange } from '../audit/index.ts';
import type { OidcPerson } from './claims.ts';

/**
 * The account of a person who logged in at their provider, made when it is their first time. Name and role are the provider's
 * to say, so every login writes them. An account that is here already is never taken over, whatever its user name.
 *
 * @returns undefined when an administrator removed this person or disabled their account
 */
export async function ensureOidcAccount(db: Kysely<DB>, person: OidcPerson): Promise<Caller | undefined> {
  try {
    return await upsert(db, person);
  } catch (error) {
    // Two of the same name came for the first time at the same moment; by now it is known that the name is taken.
    if (brokenUnique(error) !== 'users_username_key') throw error;
    return upsert(db, person);
  }
}

async function upsert(db: Kysely<DB>, person: OidcPerson): Promise<Caller | undefined> {
  const { issuer, subject, username, name, email = null, role, roles, groups } = person;
  const { rows } = await sql<Caller>`
      INSERT INTO users (id, company, username, name, email, role, oidc_issuer, oidc_subject, oidc_roles, oidc_groups,
                         last_seen)
      SELECT ${newId()}, companies.id,
             CASE WHEN EXISTS (SELECT FROM users WHERE username = ${username})
                  THEN ${`${username} (${subject}, ${issuer})`} ELSE ${username} END,
             ${name}, ${email}, ${role}, ${issuer}, ${subject}, ${roles}, ${groups}, now()
      -- an installation has one company
      FROM companies
      WHERE NOT EXISTS (SELECT FROM removed_people WHERE issuer = ${issuer} AND subject = ${subject})
      LIMIT 1
      ON CONFLICT (oidc_issuer, oidc_subject)
        DO UPDATE SET name = excluded.name, email = excluded.email, role = excluded.role,
                      oidc_roles = excluded.oidc_roles, oidc_groups = excluded.oidc_groups, last_seen = now(),
          session_generation = users.session_generation + (users.role <> excluded.role)::int
        WHERE users.disabled IS NULL
      RETURNING ${callerColumns}`.execute(db);
  return rows[0];
}

/**
 * The account of a person whose access token calls, made when there is none. One that exists stays as their last login left it,
 * because a token may have been made to say less than all.
 *
 * @returns undefined when an administrator removed this person or disabled their account
 */
export async function accountOf(db: Kysely<DB>, person: OidcPerson): Promise<Caller | undefined> {
  const { issuer, subject } = person;
  const { rows } = await sql<Caller & { seen: boolean }>`
    SELECT ${callerColumns}, coalesce(last_seen > now() - interval '1 minute', false) AS seen FROM users
    WHERE oidc_issuer = ${issuer} AND oidc_subject = ${subject} AND disabled IS NULL`.execute(db);
  if (!rows[0]) return ensureOidcAccount(db, person);
  const { seen, ...caller } = rows[0];
  if (!seen) await sql`UPDATE users SET last_seen = now() WHERE id = ${caller.userId}`.execute(db);
  return caller;
}

const callerColumns = sql`id AS "userId", name AS "userName", company, role,
  (SELECT companies.name FROM companies WHERE companies.id = users.company) AS "companyName"`;

export interface RemovedPerson {
  id: string;
  username: string;
  name: string;
  removed: Date;
}

/** Whose accounts were deleted and who therefore get no other, newest first. */
export function removedPeople(db: Kysely<DB>, company: string): Promise<RemovedPerson[]> {
  return db
    .selectFrom('removed_people')
    .select(['id', 'username', 'name', 'removed'])
    .where('company', '=', company)
    .orderBy('removed', 'desc')
    .limit(1000)
    .execute();
}

/**
 * Lets somebody in again: their next login or call makes a new account. Answers whether they had been removed. The handle must be a
 * transaction.
 */
export async function readmit(scope: Scope, id: string): Promise<boolean> {
  const person = await scope.db
    .deleteFrom('removed_people')
    .where('company', '=', scope.caller.company)
    .where('id', '=', id)
    .returning(['username', 'name'])
    .executeTakeFirst();
  if (!person) return false;
  const { username, name } = person;
  await recordChange(scope, { action: 'restore', subject: 'user', id, name, after: { username } });
  return true;
}
