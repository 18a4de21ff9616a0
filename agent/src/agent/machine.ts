import { statfs } from 'node:fs/promises';
import { cpus, freemem, homedir, tmpdir, totalmem } from 'node:os';
import type { AllEndpoints } from '@arno/protocol/clearml';

export type MachineStats = NonNullable<AllEndpoints['workers.status_report']['request']['machine_stats']>;

const megabyte = 1024 * 1024;

async function freePercent(path: string): Promise<number> {
  const { bavail, blocks } = await statfs(path);
  return Math.round((1000 * bavail) / blocks) / 10;
}

/**
 * Readings of this machine in the units of the protocol: percent for each processor since the last reading, megabytes of
 * memory, percent of free space on the disks of the home and the temporary folder.
 */
export function createMachineReader(): () => Promise<MachineStats> {
  let last = cpus();
  return async () => {
    const now = cpus();
    const usage = now.map(({ times }, index) => {
      const before = last[index]?.times ?? { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };
      const total =
        Object.values(times).reduce((a, b) => a + b) - Object.values(before).reduce((a, b) => a + b);
      return total > 0 ? Math.round(1000 * (1 - (times.idle - before.idle) / total)) / 10 : 0;
    });
    last = now;
    return {
      cpu_usage: usage,
      memory_used: Math.round((totalmem() - freemem()) / megabyte),
      memory_free: Math.round(freemem() / megabyte),
      disk_free_home: await freePercent(homedir()),
      disk_free_temp: await freePercent(tmpdir()),
    };
  };
}
