// A thread of write-gate.test.ts. `write`: writes a frame longer than a pipe and the buffer of its
// reader hold, by writes that take their time to return; `enter`: goes through a gate, and says so
// on both sides of it.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { workerData } from 'node:worker_threads';

export type GateSetup = {
  readonly mode: 'write' | 'enter';
  readonly fd: number;
  readonly lock: SharedArrayBuffer;
  readonly gate: SharedArrayBuffer;
  /** One int32, counted up when the thread has come so far. */
  readonly progress: SharedArrayBuffer;
};

/** For how long it is not known yet what a write has written once the gate is closed, ms. */
const UNKNOWN_MS = 20;
/** The word of the gate that says so. */
const CLOSED = 1;

const FRAME_CHARACTERS = 1_000_000;

const setup = workerData as GateSetup;
const progress = new Int32Array(setup.progress);
const words = new Int32Array(setup.gate);

function advance(): void {
  Atomics.add(progress, 0, 1);
  Atomics.notify(progress, 0);
}

const { writeSync } = fs;
fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
  const count = writeSync(...args);
  advance();
  while (Atomics.load(words, CLOSED) === 0);
  const untilMs = performance.now() + UNKNOWN_MS;
  while (performance.now() < untilMs);
  return count;
}) as typeof writeSync;
syncBuiltinESMExports();

// Not before: they take the built-in as it is then.
const { createSink } = await import('../../../workers/logs/record-sink.ts');
const { WriteGate } = await import('../../../src/output/write-gate.ts');

const { fd, gate, lock } = setup;
if (setup.mode === 'enter') {
  advance();
  new WriteGate(gate).enter();
  advance();
} else {
  const target = { fd, isFramed: true, lock };
  const log = { format: 'TEXT', level: 'INFO', lock, owner: 2, target, gate } as const;
  createSink(log, { write: () => {} }).write('.'.repeat(FRAME_CHARACTERS), 'INFO', 0);
}
