// What one seed came to: everything that the oracle judges.
import type {
  Fault,
  InvokeResult,
  LogEntry,
  RuntimeExchange,
} from '../../src/emulator/emulator.ts';
import type { Step } from './plan.ts';

export type Happened = {
  readonly step: Step;
  readonly requestId: string;
  /** Undefined: the caller got no answer in any time that makes sense. */
  readonly result: Pick<InvokeResult, 'functionError' | 'payload' | 'payloadBytes'> | undefined;
  readonly tookMs: number;
  /** How much had been seen of the exchanges and of the log when the answer came. */
  readonly exchangesSeen: number;
  readonly linesSeen: number;
};

export type History = {
  readonly seed: number;
  readonly isGuarded: boolean;
  readonly happened: readonly Happened[];
  /** Finished ones, in the order of their beginning. */
  readonly exchanges: readonly RuntimeExchange[];
  readonly log: readonly Pick<LogEntry, 'line' | 'source'>[];
  /** New environments that the platform has started. */
  readonly environments: number;
};

/** What a caller saw, in one word: `ok`, or the error's type. */
export function outcomeOf({ result }: Pick<Happened, 'result'>): string {
  if (result === undefined) return 'no answer';
  if (result.functionError === undefined) return 'ok';
  return String((result.payload as Record<string, unknown> | undefined)?.['errorType']);
}

/** An answer on its way to the platform. */
export function isPost({ endpoint }: RuntimeExchange): boolean {
  return endpoint === 'response' || endpoint === 'error';
}

/** The id in the path: a request that was dropped has not got as far as to be understood. */
export function answeredId({ path }: RuntimeExchange): string {
  return decodeURIComponent(/\/invocation\/([^/]+)\//.exec(path)?.[1] ?? '');
}

/** The platform has taken it, whatever became of its reply. `drop` and `status` come before. */
export function isTaken(exchange: RuntimeExchange): boolean {
  const { fault, status } = exchange;
  if (!isPost(exchange) || fault?.kind === 'drop' || fault?.kind === 'status') return false;
  return status === 202 || (status === undefined && hasUnknownFate(fault));
}

/** The runtime has no reply that it could believe: it has to ask, or to send it again. */
export function hasUnknownFate(fault: Fault | undefined): boolean {
  return ['drop', 'reset-after', 'garbage', 'truncate', 'status'].includes(fault?.kind ?? '');
}
