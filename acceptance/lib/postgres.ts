import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from './arno.ts';

/** The PostgreSQL that an Arno embeds, from the postmaster.pid below its data directory. Throws while none runs. */
export async function embeddedPostgres(home: Home) {
  const names = await readdir(home.data, { recursive: true });
  const file = names.find((name) => name.endsWith('postmaster.pid'));
  if (!file) throw new Error(`no postmaster.pid in ${home.data}`);
  const [pid, , , port, socketFolder] = (await readFile(join(home.data, file), 'utf8')).split('\n');
  return { pid: Number(pid), host: socketFolder ?? '', port: Number(port), user: 'arno', database: 'arno' };
}
