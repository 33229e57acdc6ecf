// Where the journal is: what the guardian tells the process that it starts.
import { RuntimeError } from '../core/errors.ts';
import type { WaitStatus } from './death.ts';

/** What the guardian says in BULKHEAD_JOURNAL: `<descriptor> <line> <status> <path>`. */
export type JournalAddress = {
  readonly fd: number;
  /** Which line belongs to this life. */
  readonly line: number;
  /** How the process before this one ended; undefined: there was none. */
  readonly status: WaitStatus | undefined;
  /** The name of the file until the first process has taken it away. */
  readonly path: string;
};

/** @throws RuntimeError when it is not what the guardian writes. */
export function parseAddress(text: string): JournalAddress {
  const [, fd, line, status, path] = /^(\d{1,3}) (\d{1,4}) (-|\d{1,3}) (.+)$/s.exec(text) ?? [];
  if (fd === undefined || line === undefined || path === undefined) throw notAJournal(text);
  return {
    fd: Number(fd),
    line: Number(line),
    status: status === '-' ? undefined : Number(status),
    path,
  };
}

/** @param text what was said, as far as it is known. */
export function notAJournal(text: string): RuntimeError {
  return new RuntimeError(
    'Runtime.InvalidSetting',
    `Cannot use BULKHEAD_JOURNAL="${text}": it is set by the guardian (bulkhead-bootstrap) for ` +
      'the process that it starts, and by nobody else',
  );
}
