/** Why the embedded PostgreSQL cannot run. The message is one line for people and names the remedy. */
export class PostgresError extends Error {
  override name = 'PostgresError';
}

const FILE_ERRORS: Record<string, string> = {
  EACCES: 'this user may not read and write it',
  EPERM: 'this user may not change it',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's disk quota is used up",
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
};

/** The same error, or a PostgresError when it is a file system's refusal that the user can do something about. */
export function explained(error: unknown, dataDir: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : FILE_ERRORS[code];
  if (error instanceof PostgresError || reason === undefined) return error;
  const where = path === undefined || path === dataDir ? '' : ` (at ${path})`;
  return new PostgresError(
    `The data directory ${dataDir} cannot be used: ${reason}${where}. Make it writable, or set ARNO_DATA to another directory.`,
    { cause: error },
  );
}
