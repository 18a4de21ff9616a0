import { ObjectStoreError } from './features/files/index.ts';
import { NewerDatabaseError } from './platform/migrate.ts';
import { PortInUseError } from './platform/ports.ts';
import { PostgresError } from './platform/postgres/index.ts';

/** Something about this machine or its settings keeps Arno from starting; the message says what to do. */
export class StartupError extends Error {}

const expected = [StartupError, ObjectStoreError, NewerDatabaseError, PortInUseError, PostgresError];

export function isExpected(error: unknown): error is Error {
  return expected.some((kind) => error instanceof kind);
}
