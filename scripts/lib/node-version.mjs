// Loaded before anything else by whatever Node.js there is, so it keeps to old syntax and imports nothing of ours.
import { readFileSync } from 'node:fs';

/** Throws one clear line when this Node.js is older than package.json asks for. */
export function requireNode() {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const [needed, found] = [engines.node, process.versions.node].map((text) => text.match(/\d+/g).map(Number));
  if (found[0] > needed[0] || (found[0] === needed[0] && found[1] >= needed[1])) return;
  throw new Error(
    `Arno needs Node.js ${needed.join('.')} or newer, this is ${process.versions.node}. Get one from https://nodejs.org.`,
  );
}
