import { outputOf, run } from './run.mjs';

/** Installs Debian packages where that is possible: as root on a system with apt. Whether it did. */
export async function installWithApt(...packages) {
  if (process.getuid?.() !== 0 || !outputOf('apt-get', ['--version'])) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another program may be installing packages at the same moment: wait for it instead of failing.
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
  try {
    await run('apt-get', [...apt, 'update'], env);
    await run('apt-get', [...apt, 'install', '-y', '--no-install-recommends', ...packages], env);
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}
