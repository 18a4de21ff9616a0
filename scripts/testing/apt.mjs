import { outputOf, run } from './run.mjs';

/** Installs Debian packages where that is possible: as root on a system with apt. Whether it did. */
export function installWithApt(...packages) {
  if (process.getuid?.() !== 0 || !outputOf('apt-get', ['--version'])) return false;
  // Another program may be installing packages at the same moment: wait for it instead of failing.
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
  try {
    run('apt-get', [...apt, 'update']);
    run('apt-get', [...apt, 'install', '-y', '--no-install-recommends', ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}
