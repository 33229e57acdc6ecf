// A thread of write-gate.test.ts. `write`: writes a frame longer than a pipe holds, by writes that
// take their time to return; `enter`: goes through a gate, and says so on both sides of it.
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

/** For how long JavaScript does not know yet what a write has written, ms. */
const UNKNOWN_MS = 50;

const setup = workerData as GateSetup;
const progress = new Int32Array(setup.progress);

function advance(): void {
  Atomics.add(progress, 0, 1);
  Atomics.notify(progress, 0);
}

const { writeSync } = fs;
fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
  const count = writeSync(...args);
  advance();
  const untilMs = performance.now() + UNKNOWN_MS;
  while (performance.now() < untilMs);
  return count;
}) as typeof writeSync;
syncBuiltinESMExports();

// Not before: they take the built-in as it is then.
const { FrameWriter } = await import('../../../src/output/frame-writer.ts');
const { encodeFrame } = await import('../../../src/output/log-frame.ts');
const { WriteGate } = await import('../../../src/output/write-gate.ts');

const gate = new WriteGate(setup.gate);
if (setup.mode === 'enter') {
  advance();
  gate.enter();
  advance();
} else {
  const writer = new FrameWriter(setup.fd, setup.lock, 2, { gate });
  const message = `${'.'.repeat(100_000)}\n`;
  writer.write(encodeFrame({ format: 'TEXT', level: 'INFO', timeEpochMs: 0, message }));
}
