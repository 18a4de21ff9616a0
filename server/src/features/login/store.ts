import { type Kysely, sql } from 'kysely';
import type { Caller } from '../../clearml/endpoint.ts';
import { newId } from '../../platform/ids.ts';
import type { DB } from '../../platform/schema.ts';
import type { OidcPerson } from './claims.ts';

/**
 * The account of a person who logged in at their provider, made when it is their first time. Name and role are the provider's
 * to say, so every login writes them. An account that is here already is never taken over, whatever its user name.
 */
export async function ensureOidcAccount(db: Kysely<DB>, person: OidcPerson): Promise<Caller> {
  const { issuer, subject, username, name, email = null, role } = person;
  const { rows } = await sql<Caller>`
      INSERT INTO users (id, company, username, name, email, role, oidc_issuer, oidc_subject)
      SELECT ${newId()}, companies.id,
             CASE WHEN EXISTS (SELECT FROM users WHERE username = ${username})
                  THEN ${`${username} (${subject}, ${issuer})`} ELSE ${username} END,
             ${name}, ${email}, ${role}, ${issuer}, ${subject}
      -- an installation has one company
      FROM companies LIMIT 1
      ON CONFLICT (oidc_issuer, oidc_subject)
        DO UPDATE SET name = excluded.name, email = excluded.email, role = excluded.role,
          session_generation = users.session_generation + (users.role <> excluded.role)::int
      RETURNING id AS "userId", name AS "userName", company, role,
                (SELECT companies.name FROM companies WHERE companies.id = users.company) AS "companyName"`.execute(
    db,
  );
  return rows[0] as Caller;
}
