import { existsSync } from 'node:fs';
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartupError } from './startup-errors.ts';

/** Makes the folder of everything Arno keeps. @throws StartupError when it cannot be written */
export async function prepareDataFolder(data: string): Promise<void> {
  try {
    await makeFolder(data);
    await access(data, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(
      `the data folder ${data} cannot be written (${code}): set ARNO_DATA to one that can`,
    );
  }
}

/** Step by step: where a parent takes no folders, such as /proc, Node's recursive mkdir never ends. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}
