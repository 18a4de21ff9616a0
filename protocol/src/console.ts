/**
 * The console's own JSON API under `/console/v1`; each file lists its part. Everything about tasks, queues and events it reads
 * through the ClearML API under `/api`, with the same session cookie.
 *
 * An error is a ConsoleError with the HTTP status of its code. Mappings are read by developers and edited by admins; an end
 * user sees the own calls, tokens and keys.
 */

export * from './console/access.ts';
export * from './console/audit.ts';
export * from './console/calls.ts';
export * from './console/common.ts';
export * from './console/dashboard.ts';
export * from './console/machines.ts';
export * from './console/mapping-keys.ts';
export * from './console/mapping-options.ts';
export * from './console/mappings.ts';
export * from './console/people.ts';
export * from './console/profile.ts';
export * from './console/queues.ts';
export * from './console/system.ts';
export * from './console/tasks.ts';
export * from './console/try.ts';
export * from './console/workers.ts';
