import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './root.mjs';
import { capture } from './run.mjs';
import { step } from './step.mjs';

const networkErrors =
  /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|E50\d)$/;
const hopelessAttempts = 30;

/** Brings node_modules to what package-lock.json says, if it is not. */
export async function installPackages() {
  if (await isInstalled()) return;
  await step('Installing packages', async (update) => {
    const { code, output } = await npmCi(update);
    if (code !== 0) throw installError(output);
  });
}

/**
 * npm's own record in node_modules, which it writes when it is done, names what is installed. Comparing versions with it
 * and not dates also sees an interrupted install, and leaves a developer's `npm install` alone.
 */
async function isInstalled() {
  try {
    const [wanted, installed] = await Promise.all([
      readPackages('package-lock.json'),
      readPackages('node_modules/.package-lock.json'),
    ]);
    return Object.entries(wanted)
      .filter(([path, { link, optional }]) => path.includes('node_modules/') && !link && !optional)
      .every(([path, { version }]) => installed[path]?.version === version);
  } catch {
    return false;
  }
}

async function readPackages(file) {
  return JSON.parse(await readFile(join(root, file), 'utf8')).packages;
}

function npmCi(update) {
  // Under "npm start" this names the npm that runs us; elsewhere the PATH has one.
  const running = process.env.npm_execpath ?? '';
  const [command, ...first] = running.endsWith('npm-cli.js') ? [process.execPath, running] : ['npm'];
  const options = [
    '--include=dev', // also under NODE_ENV=production: the compiler is one of them
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--loglevel=http', // a line a fetched file, to count
  ];
  const network = watchNetwork(update);
  return capture(command, [...first, 'ci', ...options], {
    cwd: root,
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    onOutput: network.read,
    signal: network.signal,
  });
}

/**
 * Counts what npm fetched. Without a network npm tries each of the hundreds of packages before it says so, for minutes; when
 * many attempts failed and none succeeded, `signal` ends it with the reason.
 */
function watchNetwork(update) {
  const hopeless = new AbortController();
  let fetched = 0;
  let failed = 0;
  function read(text) {
    for (const [, status, code] of text.matchAll(
      /npm http fetch GET (?:(\d+)|\S+ attempt \d+ failed with (\w+))/g,
    )) {
      if (status) fetched++;
      else if (++failed >= hopelessAttempts && fetched === 0) hopeless.abort(unreachable(code));
    }
    if (fetched > 0) update(`${fetched} fetched`);
  }
  return { read, signal: hopeless.signal };
}

const unreachable = (code) =>
  new Error(
    `The npm registry cannot be reached (${code}). The first start needs it once: check the network, the proxy settings and "npm config get registry", then start again.`,
  );

function installError(output) {
  const lines = [...output.matchAll(/^npm (?:error|ERR!) ?(.*)$/gm)].map(([, line]) => line).filter(Boolean);
  const code = lines.find((line) => line.startsWith('code '))?.slice('code '.length) ?? '';
  if (networkErrors.test(code)) return unreachable(code);
  return new Error(`"npm ci" failed:\n${lines.slice(0, 12).join('\n') || output.slice(-2_000)}`);
}
