import { type Static, Type } from 'typebox';

/**
 * Every change of a registration, account or setting: who, when, what, and the fields before and after. For administrators;
 * developers see the entries of mappings.
 *
 *   GET    audit?subject&subject_id&user_id&action&from&to&q&before&limit -> AuditPage
 *   GET    audit/:id -> AuditEntryDetail
 *   GET    audit/people -> {items: PersonName[]}         who stands in the list, at most 200
 *   GET    audit/export?format=csv|ndjson and the filters -> a file
 */

/** What was done to the subject. */
export const auditActions = ['create', 'update', 'delete', 'rotate', 'revoke', 'restore'] as const;
export type AuditAction = (typeof auditActions)[number];

/** What an entry of the audit list is about. */
export const auditSubjects = [
  'task_mapping',
  'endpoint_mapping',
  'machine_mapping',
  'consumer_key',
  'callback_secret',
  'queue',
  'worker',
  'user',
  'credentials',
  'session',
  'project_shares',
  'setting',
  'calls',
] as const;
export type AuditSubject = (typeof auditSubjects)[number];

/** The subjects whose entries developers read too. */
export const mappingSubjects = [
  'task_mapping',
  'endpoint_mapping',
  'machine_mapping',
] as const satisfies AuditSubject[];

export interface AuditEntry {
  id: number;
  at: string;
  /** Who did it, as they were called then; without an id the server itself. */
  user: { id?: string; name: string };
  action: AuditAction;
  subject: AuditSubject;
  /** Of a consumer key and of a callback secret the id of its mapping. */
  subject_id: string;
  /** As it was called then. */
  subject_name: string;
  /** The fields that differ; of what was made or deleted all. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
}

export interface AuditEntryDetail extends AuditEntry {
  /** Of the people whose ids stand in the fields and who still have an account. */
  names: Record<string, string>;
}

export interface AuditPage {
  items: AuditEntry[];
  /** Pass as `before` to read on; absent at the end. */
  next?: number;
}

const when = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2})$',
  description: 'a time with its zone, such as 2026-01-31T08:00:00Z',
});
/** Several of these words with commas between them. */
const some = (words: readonly string[]) =>
  Type.String({
    pattern: `^(${words.join('|')})(,(${words.join('|')}))*$`,
    maxLength: 500,
    description: `one or more of ${words.join(', ')}, with commas between them`,
  });

const filters = {
  subject: Type.Optional(some(auditSubjects)),
  subject_id: Type.Optional(Type.String({ maxLength: 200 })),
  user_id: Type.Optional(Type.String({ maxLength: 200 })),
  action: Type.Optional(some(auditActions)),
  from: Type.Optional(when),
  /** Exclusive. */
  to: Type.Optional(when),
  /** Part of the names or of a field before or after. */
  q: Type.Optional(Type.String({ maxLength: 200 })),
};

export const auditQuery = Type.Object({
  ...filters,
  before: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
});
export type AuditQuery = Static<typeof auditQuery>;

export const auditExportQuery = Type.Object({
  ...filters,
  format: Type.Enum(['csv', 'ndjson'], { description: 'csv or ndjson' }),
});
export type AuditExportQuery = Static<typeof auditExportQuery>;
