// Signals that end the service, before and after there is a supervisor to end it.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { ReceivedSignal } from '../../../src/core/thread-protocol.ts';
import { hearEndSignals } from '../../../src/start/end-signals.ts';

const TERM = { name: 'SIGTERM', number: 15 } as const;
const INT = { name: 'SIGINT', number: 2 } as const;

test('what comes before anybody hears it is told first, in its order', () => {
  const source = new EventEmitter();
  const onSignal = hearEndSignals(source as unknown as NodeJS.Process);
  for (const { name, number } of [INT, TERM]) source.emit(name, name, number);
  const heard: ReceivedSignal[] = [];
  onSignal((signal) => heard.push(signal));
  assert.deepEqual(heard, [INT, TERM]);
  source.emit(TERM.name, TERM.name, TERM.number);
  assert.deepEqual(heard, [INT, TERM, TERM]);
});
