import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { describe } from 'vitest';
import type { Arno } from '../lib/arno.ts';
import { expect, test } from '../lib/test.ts';

/** Bytes of script, as the server sends them, that a browser with an empty cache may load before a first page is all there. */
const goal = 300_000;

/** What each first page loads by itself, beside its language and all that these import. */
const pages = [
  ['login', ['LoginPage']],
  ['dashboard', ['DashboardPage', 'Plot']],
] as const;

describe.for(pages)('the first load of the %s', ([page, parts]) => {
  test.for(['en', 'it'])('is light, in %s', async (language, { arno }) => {
    const scripts = await load(arno, [language, ...parts]);
    const bytes = [...scripts.values()].map((script) => script.bytes);
    const sum = bytes.reduce((total, each) => total + each, 0);
    expect(sum, `bytes of ${scripts.size} scripts of the ${page}`).toBeLessThan(goal);
  });
});

interface Script {
  text: string;
  bytes: number;
}

/** Loads what the document names, then the lazy parts with these names, each with what it imports. */
async function load(arno: Arno, lazyParts: string[]): Promise<Map<string, Script>> {
  const scripts = new Map<string, Script>();
  const loadAll = async (names: string[]): Promise<void> => {
    for (const name of names) {
      if (scripts.has(name)) continue;
      const script = await fetchScript(`${arno.web}/assets/${name}`);
      scripts.set(name, script);
      await loadAll(namesIn(script.text, /(?:from|import)["']\.\/([\w-]+\.js)["']/g));
    }
  };
  const document = await (await fetch(arno.web, { headers: { accept: 'text/html' } })).text();
  await loadAll(namesIn(document, /assets\/([\w-]+\.js)"/g));
  for (const part of lazyParts) {
    const known = [...scripts.values()].map(({ text }) => text).join('\n');
    const [name] = namesIn(known, new RegExp(`import\\(["'\`]\\./(${part}-[\\w-]+\\.js)["'\`]\\)`, 'g'));
    if (!name) throw new Error(`nothing of the first page loads ${part}`);
    await loadAll([name]);
  }
  return scripts;
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, name]) => (name ? [name] : []));
}

/** A script, with the number of its bytes on the wire: `fetch` would only tell how many they are once unpacked. */
async function fetchScript(url: string): Promise<Script> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject);
  });
  const body = await buffer(answer);
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode}`);
  // Small ones come as they are.
  const isPacked = answer.headers['content-encoding'] === 'gzip';
  return { text: `${isPacked ? gunzipSync(body) : body}`, bytes: body.length };
}
