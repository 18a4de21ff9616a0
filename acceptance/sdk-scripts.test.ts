import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arno, removeHome, startArno } from './lib/arno.ts';
import { root } from './lib/environment.ts';
import { type Release, releases, sdkPython } from './lib/python.ts';
import { type Outcome, runScripts, sdkScripts } from './lib/sdk-scripts.ts';

// "npm run compatibility" asks for all releases of the SDK and makes docs/compatibility.md of what is written at the end.
const wanted: readonly Release[] = process.env.TEST_SDK_RELEASES === 'all' ? releases : ['current'];
const names = await sdkScripts();
/** For all scripts of one release. A script that hangs is ended by its own limit. */
const limit = 1_800_000;

let arno: Arno;

beforeAll(async () => {
  arno = await startArno({ label: 'sdk-scripts', args: ['--no-agent', '--no-demo'] });
});

afterAll(async () => {
  await arno.stop();
  await removeHome(arno);
});

describe.each(wanted)('scripts of real use with the SDK: %s', (release) => {
  let outcomes = new Map<string, Outcome>();

  beforeAll(async () => {
    outcomes = await runScripts(arno, release, names);
  }, limit);

  afterAll(() => writeReport(release, outcomes));

  test.each(names)('%s', (name) => {
    const { result, reason } = outcomes.get(name) ?? { result: 'failed', reason: 'did not run' };
    expect(result, reason).not.toBe('failed');
  });
});

async function writeReport(release: Release, outcomes: Map<string, Outcome>): Promise<void> {
  const folder = join(root, '.cache', 'compatibility');
  await mkdir(folder, { recursive: true });
  const version = execFileSync(sdkPython(release), [
    '-c',
    'from importlib.metadata import version; print(version("clearml"))',
  ]);
  const report = { sdk: version.toString().trim(), outcomes: Object.fromEntries(outcomes) };
  await writeFile(join(folder, `${release}.json`), `${JSON.stringify(report, null, 2)}\n`);
}
