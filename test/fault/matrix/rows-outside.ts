// Rows about a Runtime API that misbehaves and about time.
import type { Endpoint, Fault } from '../../../src/emulator/emulator.ts';
import type { FaultRow, SeenError } from './fault-row.ts';
import { TIMED_OUT } from './rows-running.ts';

const BROKEN: readonly (readonly [string, string, Fault])[] = [
  ['garbage', 'is answered with something that is not HTTP', { kind: 'garbage' }],
  ['slow', 'is answered slowly', { kind: 'slow', chunkBytes: 4, pauseMs: 5 }],
  ['reset', 'loses its connection before it is taken', { kind: 'drop' }],
  ['reset-after', 'loses its connection after it was taken', { kind: 'reset-after' }],
];

const WHAT: Readonly<Record<'next' | 'response' | 'error', string>> = {
  next: 'a poll',
  response: 'an answer',
  error: 'an error report',
};

const BROKEN_FAMILY =
  'a poll, an answer or an error report whose reply is garbage, slow, lost, or an unfounded 400';

const THROWN: SeenError = {
  type: 'OrderError',
  header: 'Function.OrderError',
  message: /^no such order$/,
};

function apiRow(endpoint: keyof typeof WHAT, name: string, does: string, fault: Fault): FaultRow {
  const isError = endpoint === 'error';
  return {
    name: `${endpoint}-${name}`,
    does: `${WHAT[endpoint]} ${does}`,
    family: BROKEN_FAMILY,
    group: 'Runtime API',
    when: 'during',
    fixture: isError ? 'throws' : null,
    api: { endpoint, fault },
    expect: {
      caller: isError ? THROWN : 'result',
      by: isError ? 'runtime' : 'handler',
      process: 'same',
    },
  };
}

/** The contract calls these the end: the runtime says why and goes; a new environment comes. */
function endRow(endpoint: keyof typeof WHAT, status: number): FaultRow {
  const row = apiRow(endpoint, String(status), `is refused with ${status}`, {
    kind: 'status',
    status,
  });
  const gone = { by: 'platform', caller: PLATFORM_EXIT } as const;
  return {
    ...row,
    family: 'a poll, an answer or an error report that is refused with 403 or 500',
    expect: {
      ...(endpoint === 'next' ? row.expect : gone),
      process: 'ends',
      nextMsMax: 3000,
    },
  };
}

const PLATFORM_EXIT: SeenError = {
  type: 'Runtime.ExitError',
  message: /Runtime exited with error: exit status 1$/,
};

function refused(endpoint: Endpoint & ('response' | 'error')): FaultRow {
  return apiRow(endpoint, '400', 'is refused with 400', {
    kind: 'status',
    status: 400,
    errorType: 'InvalidRequestID',
  });
}

export const RUNTIME_API: readonly FaultRow[] = [
  ...(['next', 'response', 'error'] as const).flatMap((endpoint) => [
    ...BROKEN.map(([name, does, fault]) => apiRow(endpoint, name, does, fault)),
    ...(endpoint === 'next' ? [] : [refused(endpoint)]),
    endRow(endpoint, 403),
    endRow(endpoint, 500),
  ]),
];

export const TIME: readonly FaultRow[] = [
  {
    name: 'deadline-past',
    does: 'an event whose deadline is past when it comes',
    group: 'time',
    when: 'during',
    fixture: null,
    outside: { kind: 'deadlineIsPast' },
    expect: { caller: TIMED_OUT, by: 'runtime', process: 'same' },
  },
  {
    name: 'frozen-between',
    does: 'a freeze of a second between two events',
    group: 'time',
    when: 'during',
    fixture: null,
    outside: { kind: 'freezeBetween', ms: 1000 },
    expect: { caller: 'result', by: 'handler', process: 'same' },
  },
  {
    name: 'frozen-during',
    does: 'a freeze of half a second in the middle of an event',
    group: 'time',
    when: 'during',
    fixture: 'busy-loop',
    outside: { kind: 'freezeDuring', ms: 500 },
    expect: { caller: TIMED_OUT, by: 'watchdog', process: 'same' },
  },
];
