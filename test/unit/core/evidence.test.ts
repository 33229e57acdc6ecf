import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Evidence,
  evidenceSummary,
  toEvidenceTrace,
  unstartedEvidence,
} from '../../../src/core/evidence.ts';

type Row = {
  readonly what: string;
  readonly evidence: Evidence;
  readonly trace: readonly string[];
  readonly summary: string;
};

const SPIN = 'spin (/var/task/index.mjs:3:9)';

const rows: readonly Row[] = [
  {
    what: 'a stack taken at the end',
    evidence: { kind: 'busy', ageMs: 0, frames: [SPIN, 'handler (/var/task/index.mjs:9:3)'] },
    trace: [`    at ${SPIN}`, '    at handler (/var/task/index.mjs:9:3)'],
    summary: `busy in ${SPIN}`,
  },
  {
    what: 'a stack taken before',
    evidence: { kind: 'busy', ageMs: 411.6, frames: [SPIN, '... 996 more frames'] },
    trace: [`    at ${SPIN}`, '    ... 996 more frames', 'seen 412 ms before the end'],
    summary: `busy in ${SPIN}`,
  },
  {
    what: 'a built-in function',
    evidence: { kind: 'busy', ageMs: 0, frames: ['RegExp.test (<anonymous>)', SPIN] },
    trace: ['    at RegExp.test (<anonymous>)', `    at ${SPIN}`],
    summary: `busy in RegExp.test, called by ${SPIN}`,
  },
  {
    what: 'an event that came too late',
    evidence: unstartedEvidence(true, 'Error: x'),
    trace: ['no handler was running: the event came after its deadline'],
    summary: 'no handler was running: the event came after its deadline',
  },
  {
    what: 'an event that waited in vain for a worker',
    evidence: unstartedEvidence(false, 'TypeError: bad import'),
    trace: [
      'no handler was running: the event waited for a worker, and the last start failed: ' +
        'TypeError: bad import',
    ],
    summary:
      'no handler was running: the event waited for a worker, and the last start failed: ' +
      'TypeError: bad import',
  },
  {
    what: 'an event that waited for a slow worker',
    evidence: unstartedEvidence(false, undefined),
    trace: ['no handler was running: the event waited for a worker'],
    summary: 'no handler was running: the event waited for a worker',
  },
  {
    what: 'a stack of nothing but Node',
    evidence: { kind: 'busy', ageMs: 0, frames: ['get (node:internal/bootstrap/node:100:8)'] },
    trace: ['    at get (node:internal/bootstrap/node:100:8)'],
    summary: 'busy in get (node:internal/bootstrap/node:100:8)',
  },
  {
    what: 'a promise',
    evidence: {
      kind: 'waiting',
      frames: ['async poll (/var/task/src/poll.ts:12:5)'],
      resources: [
        { type: 'Timeout', count: 1, details: ['30000 ms'] },
        { type: 'TCPSocketWrap', count: 3, details: ['GET https://example.com/a', '10.0.0.1:443'] },
        { type: 'FSReqPromise', count: 2, details: [] },
      ],
    },
    trace: [
      '    at async poll (/var/task/src/poll.ts:12:5)',
      'waiting for 1 Timeout: 30000 ms',
      'waiting for 3 TCPSocketWrap: GET https://example.com/a, 10.0.0.1:443, ...',
      'waiting for 2 FSReqPromise',
    ],
    summary:
      'waiting in async poll (/var/task/src/poll.ts:12:5) for 1 Timeout, 3 TCPSocketWrap, ' +
      '2 FSReqPromise',
  },
  {
    what: 'nothing that is listed',
    evidence: { kind: 'waiting', frames: [], resources: [] },
    trace: [
      'waiting, but for nothing that Node lists: no timer, socket, child process or the like',
    ],
    summary: 'waiting, but for nothing that Node lists',
  },
  {
    what: 'a native call',
    evidence: { kind: 'native', state: 'running', children: [], lastSeen: undefined },
    trace: [
      'no sign of its thread: it is inside one native call or built-in function ' +
        '(its thread is running)',
    ],
    summary: 'inside a native call (its thread is running)',
  },
  {
    what: 'a native call, and what was seen before',
    evidence: {
      kind: 'native',
      state: undefined,
      children: [],
      lastSeen: { frames: [SPIN], ageMs: 250 },
    },
    trace: [
      'no sign of its thread: it is inside one native call or built-in function',
      'last seen 250 ms before that:',
      `    at ${SPIN}`,
    ],
    summary: `inside a native call, last seen in ${SPIN}`,
  },
  {
    what: 'a synchronous child process',
    evidence: {
      kind: 'native',
      state: 'sleeping',
      children: ['sleep 30 (pid 123)'],
      lastSeen: undefined,
    },
    trace: ['waiting for a child process: sleep 30 (pid 123)'],
    summary: 'waiting for a child process: sleep 30 (pid 123)',
  },
  {
    what: 'nothing known',
    evidence: { kind: 'none', reason: 'its thread has ended' },
    trace: ['Where the handler was is not known: its thread has ended'],
    summary: 'not known: its thread has ended',
  },
];

for (const { what, evidence, trace, summary } of rows) {
  test(`evidence in words: ${what}`, () => {
    assert.deepEqual(toEvidenceTrace(evidence), trace);
    assert.equal(evidenceSummary(evidence), summary);
  });
}
