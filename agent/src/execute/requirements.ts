import { createHash } from 'node:crypto';
import type { Python } from './python.ts';

/** Requirements of a task as lines for pip: `pip` is a text or, from older clients, a list of lines. */
export function requirementLines(pip: unknown): string[] {
  const text = Array.isArray(pip) ? pip.join('\n') : typeof pip === 'string' ? pip : '';
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** Whether a line points into the checkout, so that the same text means another package for the next task. */
export function isLocal(line: string): boolean {
  return /^(-e|--editable)[\s=]+(\.|[^:]*$)|^(-r|-c|--requirement|--constraint)\b|^\.{0,2}\/|^\.{1,2}($|\[)|@\s*file:|^file:/.test(
    line,
  );
}

/** Name under which an environment with these packages is kept. */
export function environmentKey(lines: string[], python: Python): string {
  const parts = [process.platform, process.arch, python.prefix, python.version, ...lines];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

/** The package that pip or uv could not get, as their messages name it. */
export function failedPackage(output: string): string | undefined {
  const patterns = [
    /No matching distribution found for ([^\s]+)/,
    /Could not find a version that satisfies the requirement ([^\s]+)/,
    /Because ([^\s]+) was not found in the package registry/,
    /there (?:is|are) no versions? of ([^\s]+)/,
    /Failed to build [`'"]?([^\s`'"]+)/,
    /Failed building wheel for ([^\s]+)/,
    /Invalid requirement: ['"]?([^'"\n]+)/,
  ];
  for (const pattern of patterns) {
    const found = pattern.exec(output)?.[1];
    if (found) return found;
  }
  return undefined;
}
