// How much memory this process may use before it is ended from outside.
import { type ProcSource, procSource } from './process-table.ts';

/** Control groups of version 1 write a number near 2^63 for "no limit". */
const NO_LIMIT_BYTES: number = 2 ** 60;
const BYTES_PER_MB: number = 1024 * 1024;

/**
 * Bytes this process may use: the least of the function's memory and the limits of its control
 * groups (version 2 or 1) and of those above them. Undefined when none is known.
 */
export function memoryLimitBytes(
  functionMemoryMb: number | undefined,
  source: ProcSource = procSource,
): number | undefined {
  const limits = limitFiles(source.readText('/proc/self/cgroup') ?? '')
    .map((path) => toBytes(source.readText(path)))
    .concat(functionMemoryMb === undefined ? [] : functionMemoryMb * BYTES_PER_MB)
    .filter((bytes) => bytes !== undefined && bytes > 0 && bytes < NO_LIMIT_BYTES);
  return limits.reduce((least, bytes) => Math.min(least ?? Infinity, bytes ?? Infinity), undefined);
}

/** Lines are "id:controllers:path"; version 2 has the id 0 and no controllers (cgroups(7)). */
function limitFiles(groups: string): readonly string[] {
  return groups.split('\n').flatMap((line) => {
    const [id, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (id === '0' && controllers === '') {
      return upwards(path).map((one) => `/sys/fs/cgroup${one}/memory.max`);
    }
    if (!controllers.split(',').includes('memory')) return [];
    return upwards(path).map((one) => `/sys/fs/cgroup/memory${one}/memory.limit_in_bytes`);
  });
}

/** The path and each above it, the last of which is empty: in a container, the group itself. */
function upwards(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return [...parts.keys(), parts.length].map((count) =>
    parts
      .slice(0, count)
      .map((part) => `/${part}`)
      .join(''),
  );
}

/** Undefined for "max", which is none. */
function toBytes(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d+$/.test(trimmed) ? Number(trimmed) : undefined;
}
