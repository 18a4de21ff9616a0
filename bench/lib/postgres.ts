import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import type { Arno } from '../../acceptance/lib/arno.ts';

/** How to reach the PostgreSQL that this Arno embeds, from its postmaster.pid: line 4 is the port, line 5 the socket's directory. */
export async function databaseOf(arno: Arno): Promise<PoolConfig> {
  const files = await readdir(arno.data, { recursive: true });
  const file = files.find((name) => name.endsWith('postmaster.pid'));
  if (!file) throw new Error(`no postmaster.pid in ${arno.data}`);
  const lines = (await readFile(join(arno.data, file), 'utf8')).split('\n');
  return { host: lines[4] || '127.0.0.1', port: Number(lines[3]), user: 'arno', database: 'arno' };
}
