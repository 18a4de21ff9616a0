// Loaded into the server under test (node --import): notes each ClearML endpoint that was answered with 200, one name a line, for
// API_COVERAGE.md. It listens to Node.js itself, so the server needs no code for it.
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';

const seen = new Set();

subscribe('http.server.response.finish', ({ request, response }) => {
  const name = /\/([a-z]+\.[a-z_]+)\/?(?:\?|$)/.exec(request.url)?.[1];
  if (response.statusCode !== 200 || !name || seen.has(name)) return;
  seen.add(name);
  appendFileSync(process.env.TEST_ENDPOINTS_FILE, `${name}\n`);
});
