import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskDescription } from './executor.ts';

/** A longer text does not fit into an environment variable everywhere; the file always has it. */
const variableLimit = 64 * 1024;

interface Parameters {
  [name: string]: string | Parameters;
}

/** An object without a prototype, so that a parameter may be called `__proto__` or `constructor`. */
function emptyParameters(): Parameters {
  return Object.create(null) as Parameters;
}

/**
 * The parameters of the section `General` as nested objects: `model/layers` becomes `{model: {layers}}`. Values stay the texts
 * that are stored. A name that is both a value and a path keeps its slash.
 */
export function generalParameters(hyperparams: TaskDescription['hyperparams']): Parameters {
  const result = emptyParameters();
  for (const [name, item] of Object.entries(hyperparams?.General ?? {})) {
    const path = name.split('/');
    const last = path.pop() ?? name;
    let parent: Parameters | undefined = result;
    for (const part of path) {
      const next: string | Parameters | undefined = parent?.[part];
      if (typeof next === 'string') parent = undefined;
      else if (parent) parent = parent[part] = next ?? emptyParameters();
    }
    if (parent && parent[last] === undefined) parent[last] = item.value ?? '';
    else result[name] = item.value ?? '';
  }
  return result;
}

/** Writes the parameters for programs that do not use the SDK; gives the variables that tell of them. */
export async function writeParameters(
  hyperparams: TaskDescription['hyperparams'],
  folder: string,
): Promise<Record<string, string>> {
  const file = join(folder, 'params.json');
  const text = JSON.stringify(generalParameters(hyperparams));
  await writeFile(file, text);
  return { ARNO_PARAMS_FILE: file, ...(Buffer.byteLength(text) < variableLimit && { ARNO_PARAMS: text }) };
}
