import { appendFileSync } from 'node:fs';

const seen = new Set<string>();

/** Notes an endpoint that was answered, for API_COVERAGE.md: `npm test` names the file. */
export function noteAnswered(name: string): void {
  const file = process.env.TEST_ENDPOINTS_FILE;
  if (!file || seen.has(name)) return;
  seen.add(name);
  appendFileSync(file, `${name}\n`);
}
