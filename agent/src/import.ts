import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const server = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url));

/**
 * Passes `arno import …` on to the server's program, which alone knows the database: it stands beside this one where both are
 * installed, and not on a machine that only runs an agent.
 *
 * @returns the exit code
 */
export async function importCommand(words: readonly string[]): Promise<number> {
  if (!existsSync(server)) {
    console.error('arno: import needs the database: run it where the server is installed and built');
    return 1;
  }
  const child = spawn(process.execPath, [server, 'import', ...words], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
