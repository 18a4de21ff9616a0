// "npm run compatibility": runs acceptance/sdk/scripts under every release of the SDK that is tested and writes docs/compatibility.md
// from what happened. "npm test" runs the same scripts under the newest release only.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './lib/root.mjs';
import { step } from './lib/step.mjs';
import { preparePython } from './testing/python.mjs';

/** Newest first; each but the first has a requirements file of its own. The list of acceptance/lib/python.ts. */
const releases = ['current', '1.16', '1.13'];
const reports = join(root, '.cache', 'compatibility');

await build();
for (const release of releases)
  await step(`Preparing Python with the SDK: ${release}`, () =>
    preparePython(release === 'current' ? undefined : release),
  );
// Left over from an earlier run, they would hide that this one did not get to its end.
rmSync(reports, { recursive: true, force: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'acceptance', 'sdk-scripts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, TEST_SDK_RELEASES: 'all' },
});
writeFileSync(join(root, 'docs', 'compatibility.md'), page(releases.map(report)));
console.log('wrote docs/compatibility.md');
process.exitCode = status ?? 1;

function report(release) {
  return JSON.parse(readFileSync(join(reports, `${release}.json`), 'utf8'));
}

function page(columns) {
  const names = Object.keys(columns[0].outcomes).sort();
  const remarks = [];
  const rows = names.map((name) => [
    name,
    purpose(name),
    ...columns.map((column) => cell(column, name, remarks)),
  ]);
  const header = ['script', 'what it does', ...columns.map(({ sdk }) => `clearml ${sdk}`)];
  const table = [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `${[
    '# Compatibility with releases of the ClearML SDK',
    '',
    'Written by `npm run compatibility`: do not edit it. Each script of `acceptance/sdk/scripts` uses the SDK as people do, in a process of',
    'its own; other processes then read back what it left on the server. `npm test` runs all of them under the newest release, and',
    '`npm run compatibility` under each release of this table.',
    '',
    ...columns.map(total),
    '',
    ...table,
    ...(remarks.length > 0 ? ['', ...remarks] : []),
  ].join('\n')}\n`;
}

function total({ sdk, outcomes }) {
  const count = (wanted) => Object.values(outcomes).filter(({ result }) => result === wanted).length;
  return `- clearml ${sdk}: ${count('passed')} passed, ${count('failed')} failed, ${count('not in this release')} not in this release`;
}

/** What became of a script; the reason goes below the table. */
function cell({ sdk, outcomes }, name, remarks) {
  const { result, reason } = outcomes[name] ?? { result: 'failed', reason: 'did not run' };
  if (result === 'passed') return result;
  const lines = reason.trim().split('\n');
  const last = lines.filter((line) => /^\w*(Error|Exception)|^ended/.test(line)).at(-1) ?? lines.at(-1);
  const why = result === 'failed' ? last.slice(0, 300) : lines[0];
  const remark = `${remarks.length + 1}. \`${name}\` with clearml ${sdk}, ${result}: ${why}`;
  remarks.push(remark);
  return `${result} (${remarks.length})`;
}

/** The first line of a script says it. */
function purpose(name) {
  const [line = ''] = readFileSync(join(root, 'acceptance', 'sdk', 'scripts', `${name}.py`), 'utf8').split(
    '\n',
  );
  return line.replaceAll('"""', '').replace(/\.$/, '');
}
