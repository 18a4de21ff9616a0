import { root } from '../lib/root.mjs';
import { inProject } from './project.mjs';

const rules = ['complexity/noExcessiveLinesPerFunction', 'style/noExcessiveLinesPerFile'];
const diagnostic = /file=([^,]+),line=(\d+),.*::This (file|function) has too many lines \((\d+)\)/;

/** Names files over 300 and functions over 45 lines, the limits in biome.json. A report: being long is no error. */
export function reportSizes() {
  const only = rules.map((rule) => `--only=${rule}`);
  const { output } = inProject('biome', [
    'lint',
    ...only,
    '--max-diagnostics=none',
    '--reporter=github',
    '.',
  ]);
  const rows = output
    .split('\n')
    .map((line) => diagnostic.exec(line))
    .filter(Boolean)
    .map(([, file, line, what, lines]) => ({ place: `${file.replace(root, '')}:${line}`, what, lines }))
    // The body of describe() is a list of tests and not one thing to understand.
    .filter(({ place, what }) => what === 'file' || !place.includes('.test.ts'));
  return {
    ok: true,
    output: rows.map(({ place, what, lines }) => `${place} ${what} of ${lines} lines`).join('\n'),
  };
}
