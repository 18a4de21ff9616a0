import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from './arno.ts';

/** The PostgreSQL that an Arno embeds, from the postmaster.pid below its data directory. Throws while none runs. */
export async function embeddedPostgres(home: Home) {
  const file = join(home.data, 'postgres', 'postmaster.pid');
  const [pid, , , port, socketFolder] = (await readFile(file, 'utf8')).split('\n');
  return { pid: Number(pid), host: socketFolder ?? '', port: Number(port), user: 'arno', database: 'arno' };
}
