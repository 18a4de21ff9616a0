import { isDeepStrictEqual } from 'node:util';
import type { AuditAction, AuditSubject } from '@arno/protocol';
import { sql } from 'kysely';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import { json } from '../../platform/database.ts';

type Fields = Record<string, unknown>;

/** What a caller changes. */
export interface Change {
  action: AuditAction;
  subject: AuditSubject;
  /** Of a consumer key and of a callback secret that of its mapping, in whose history the change stands. */
  id: string;
  /** As people know it, at the time of the change. */
  name: string;
  /** The whole state of before and after, without secrets; only what differs is kept. */
  before?: Fields | undefined;
  after?: Fields | undefined;
}

/**
 * Writes a change into the audit list, in the transaction that makes it. An update that changes nothing leaves no entry.
 *
 * @param scope whose caller made the change
 * @returns the entry's id, undefined when there is none
 */
export async function recordChange({ db, caller }: Scope, change: Change): Promise<number | undefined> {
  const { action, subject, id, name } = change;
  const { before, after } = differing(change.before, change.after);
  if (action === 'update' && !before && !after) return undefined;
  const entry = await db
    .insertInto('audit_entries')
    .values({
      company: caller.company,
      ...actor(caller),
      ...{ action, subject, subject_id: id, subject_name: name },
      before: before ? json(before) : null,
      after: after ? json(after) : null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return entry.id;
}

/** Writes into the entry of a change that takes several transactions what it has come to, in each of them. */
export async function amendChange({ db, caller }: Scope, id: number, before: Fields): Promise<void> {
  await db
    .updateTable('audit_entries')
    .set({ before: json(before) })
    .where('id', '=', id)
    .where('company', '=', caller.company)
    .execute();
}

/** Whoever acts: an administrator who speaks for somebody is not that person. */
function actor({ userId, userName, proof }: Caller) {
  const maker = proof?.madeBy;
  if (maker === undefined || maker === userId) return { user_id: userId, user_name: userName };
  const name = sql<string>`coalesce((SELECT name FROM users WHERE id = ${maker}), ${maker})`;
  return { user_id: maker, user_name: sql<string>`${name} || ' → ' || ${userName}` };
}

/** Of two states the fields that differ; of a single one all that hold something. */
function differing(before?: Fields, after?: Fields): { before?: Fields; after?: Fields } {
  if (!before || !after) return { ...(before && { before }), ...(after && { after }) };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => !isDeepStrictEqual(before[name] ?? null, after[name] ?? null));
  if (changed.length === 0) return {};
  const pick = (from: Fields) => Object.fromEntries(changed.map((name) => [name, from[name] ?? null]));
  return { before: pick(before), after: pick(after) };
}
