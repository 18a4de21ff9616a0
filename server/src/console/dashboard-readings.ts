import type { WorkerReadings } from '@arno/protocol';

const mebibyte = 1024 * 1024;

/**
 * What an agent reported of its machine, in our units. Agents send shares in percent and memory in mebibytes, each as one number
 * or one for each processor or card.
 */
export function readingsOf(stats: unknown): WorkerReadings {
  const reported = (stats ?? {}) as Record<string, unknown>;
  const values = (name: string) => [reported[name]].flat().filter((value) => typeof value === 'number');
  const share = (name: string) => {
    const all = values(name);
    return all.length > 0 ? sum(all) / all.length : undefined;
  };
  const bytes = (...names: string[]) => {
    const parts = names.map(values);
    return parts.every((part) => part.length > 0) ? sum(parts.flat()) * mebibyte : undefined;
  };
  const readings = {
    cpu: share('cpu_usage'),
    gpu: share('gpu_usage'),
    memory_used: bytes('memory_used'),
    memory_total: bytes('memory_used', 'memory_free'),
    gpu_memory_used: bytes('gpu_memory_used'),
    gpu_memory_total: bytes('gpu_memory_used', 'gpu_memory_free'),
  };
  return Object.fromEntries(Object.entries(readings).filter(([, value]) => value !== undefined));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
