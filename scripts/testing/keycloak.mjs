// A Keycloak in .cache, made ready once: its server is built for how the tests run it, and its database has its tables and an
// administrator, so that a test has it running in seconds.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { root } from '../lib/root.mjs';
import { installWithApt } from './apt.mjs';
import { prepareJava } from './java.mjs';
import { outputOf, run } from './run.mjs';

const artifact = { group: 'org.keycloak', name: 'keycloak-quarkus-dist', version: '26.7.3', type: 'tar.gz' };
const sha256 = '77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47';

const folder = join(root, '.cache', 'keycloak');
const fileName = `${artifact.name}-${artifact.version}.${artifact.type}`;
/** Looked at first, for machines that cannot fetch it. */
const archive = join(root, '.cache', fileName);

/** Read by acceptance/lib/keycloak.ts. */
const home = join(folder, `keycloak-${artifact.version}`);
const buildOptions = ['--db=dev-file', '--cache=local', '--http-relative-path=/auth'];
/** Of a server that lives for one test and listens to this machine only. */
const administrator = { username: 'admin', password: 'admin' };

/** The environment variables that Keycloak needs on this machine, which tell it where Java is. */
export async function prepareKeycloak() {
  const java = await prepareJava();
  const env = { ...process.env, ...java };
  const stampFile = join(folder, 'stamp');
  const stamp = [sha256, ...buildOptions].join('\n');
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) return java;

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (!existsSync(archive)) await fetchArchive();
  await requireSum();
  await run('tar', ['-xzf', archive, '-C', folder]);
  rmSync(archive);
  const program = join(home, 'bin', 'kc.sh');
  await run(program, ['build', ...buildOptions], env);
  const { username, password } = administrator;
  const secret = { KC_PASSWORD: password };
  const who = ['--username', username, '--password:env', 'KC_PASSWORD', '--no-prompt'];
  await run(program, ['bootstrap-admin', 'user', '--optimized', ...who], { ...env, ...secret });
  // Written last: a half-made folder has no stamp and is made again.
  await writeFile(stampFile, stamp);
  return java;
}

/** Maven knows the mirrors and the proxy that its settings name; where it is missing, Debian's package brings it. */
async function fetchArchive() {
  const hasMaven = () => outputOf('mvn', ['--version']) !== undefined;
  try {
    if (!hasMaven() && !((await installWithApt('maven')) && hasMaven())) throw new Error('install Maven');
    await copyWithMaven();
  } catch (error) {
    const { group, name, version } = artifact;
    const what = `Keycloak (${group}:${name}:${version} of Maven Central)`;
    throw new Error(
      `the tests need ${what}, which cannot be fetched; put its ${artifact.type} at ${archive}: ${error.message}`,
    );
  }
}

async function copyWithMaven() {
  const { group, name, version, type } = artifact;
  await run('mvn', [
    '--batch-mode',
    '--quiet',
    'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy',
    `-Dartifact=${group}:${name}:${version}:${type}`,
    `-DoutputDirectory=${join(root, '.cache')}`,
  ]);
}

async function requireSum() {
  const hash = createHash('sha256');
  await pipeline(createReadStream(archive), hash);
  const found = hash.digest('hex');
  if (found === sha256) return;
  rmSync(archive);
  throw new Error(`${fileName} has the SHA-256 ${found} instead of ${sha256}; it was removed`);
}
