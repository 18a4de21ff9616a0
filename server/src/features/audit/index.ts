export { amendChange, type Change, recordChange } from './audit.ts';
export { type AuditFilter, type AuditRow, findEntry, listActors, listEntries, namesIn } from './queries.ts';
