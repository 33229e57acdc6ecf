// How many files and sockets this process may have open.
import { type ProcSource, procSource } from './process-table.ts';

/** The limit of the process (Linux); Node has raised it as far as it may. Undefined: not known. */
export function fileLimit(source: ProcSource = procSource): number | undefined {
  const limits = source.readText('/proc/self/limits') ?? '';
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
