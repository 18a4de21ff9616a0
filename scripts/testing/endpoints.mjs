// The list of ClearML endpoints that the tests saw answered with 200. It is committed, because only a run of all tests can make
// it, and API_COVERAGE.md is made from it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const list = (root) => join(root, 'acceptance', 'answered-endpoints.json');

export function writeEndpoints(root, seenFile) {
  const names = [...seenEndpoints(root, seenFile)].sort();
  writeFileSync(list(root), `[\n${names.map((name) => `  "${name}"`).join(',\n')}\n]\n`);
  console.log(`wrote acceptance/answered-endpoints.json (${names.length}); now run "npm run generate"`);
}

/** Says where the committed list and this run differ. No failure: some calls of the SDK depend on how long a script ran. */
export function compareEndpoints(root, seenFile) {
  if (!existsSync(list(root))) return;
  const listed = new Set(JSON.parse(readFileSync(list(root), 'utf8')));
  const seen = seenEndpoints(root, seenFile);
  const missing = [...listed].filter((name) => !seen.has(name));
  const fresh = [...seen].filter((name) => !listed.has(name));
  if (missing.length > 0)
    console.log(`endpoints listed as tested but not answered in this run: ${missing.join(', ')}`);
  if (fresh.length > 0)
    console.log(`endpoints answered in this run but not listed as tested: ${fresh.join(', ')}`);
}

function seenEndpoints(root, seenFile) {
  const api = JSON.parse(readFileSync(join(root, 'protocol', 'clearml-api.json'), 'utf8'));
  const names = existsSync(seenFile) ? readFileSync(seenFile, 'utf8').split('\n') : [];
  return new Set(
    names.filter((name) => {
      const [service, action] = name.split('.');
      return api[service]?.endpoints[action] !== undefined;
    }),
  );
}
