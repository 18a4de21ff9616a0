// The list of ClearML endpoints that the tests saw answered with 200. It is committed, because only a run of all tests can make
// it, and API_COVERAGE.md is made from it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/root.mjs';

const listFile = join(root, 'acceptance', 'answered-endpoints.json');

export function writeEndpoints(seenFile) {
  const names = [...seenEndpoints(seenFile)].sort();
  writeFileSync(listFile, `${JSON.stringify(names, null, 2)}\n`);
  console.log(`wrote acceptance/answered-endpoints.json (${names.length}); now run "npm run generate"`);
}

/** Says where the committed list and this run differ. No failure: some calls of the SDK depend on how long a script ran. */
export function compareEndpoints(seenFile) {
  const listed = new Set(JSON.parse(readFileSync(listFile, 'utf8')));
  const seen = seenEndpoints(seenFile);
  const missing = [...listed].filter((name) => !seen.has(name));
  const fresh = [...seen].filter((name) => !listed.has(name));
  if (missing.length > 0)
    console.log(`listed as tested, but not answered in this run: ${missing.join(', ')}`);
  if (fresh.length > 0) console.log(`answered in this run, but not listed as tested: ${fresh.join(', ')}`);
}

function seenEndpoints(seenFile) {
  const api = JSON.parse(readFileSync(join(root, 'protocol', 'clearml-api.json'), 'utf8'));
  const isEndpoint = (name) => {
    const [service, action] = name.split('.');
    return api[service]?.endpoints[action] !== undefined;
  };
  return new Set(existsSync(seenFile) ? readFileSync(seenFile, 'utf8').split('\n').filter(isEndpoint) : []);
}
