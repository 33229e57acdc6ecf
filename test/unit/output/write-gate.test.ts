import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { FrameWriter } from '../../../src/output/frame-writer.ts';
import { releaseFor } from '../../../src/output/line-writer.ts';
import { encodeFrame } from '../../../src/output/log-frame.ts';
import { openLogTarget } from '../../../src/output/log-target.ts';
import { closeWriteGate, WRITE_GATE_BYTES, WriteGate } from '../../../src/output/write-gate.ts';
import { readFrames } from '../../support/frames.ts';
import { openPipe } from '../../support/pipe.ts';
import type { GateSetup } from './gate-thread.ts';

const THREAD = join(import.meta.dirname, 'gate-thread.ts');
/** Longer than any write of the test takes, ms. */
const LIMIT_MS = 10_000;

function startThread(context: TestContext, changes: Partial<GateSetup>) {
  const setup: GateSetup = {
    mode: 'enter',
    fd: -1,
    lock: new SharedArrayBuffer(4),
    gate: new SharedArrayBuffer(WRITE_GATE_BYTES),
    progress: new SharedArrayBuffer(4),
    ...changes,
  };
  const worker = new Worker(THREAD, { workerData: setup });
  context.after(() => worker.terminate());
  const progress = new Int32Array(setup.progress);
  const reach = async (step: number): Promise<void> => {
    while (Atomics.load(progress, 0) < step) await turn();
  };
  return { worker, setup, progress, reach };
}

test('a thread that has written and not noted it yet is not ended before it has', async (t) => {
  const { reader, writeFd } = openPipe();
  t.after(() => reader.destroy());
  const { target } = await openLogTarget({ _LAMBDA_TELEMETRY_LOG_FD: String(writeFd) }, false);
  assert.ok(target !== undefined);
  const { fd, lock } = target;
  const { worker, setup, reach } = startThread(t, { mode: 'write', fd, lock });

  await reach(1);
  closeWriteGate(setup.gate, LIMIT_MS);
  await worker.terminate();
  releaseFor(lock, 2);
  const next = encodeFrame({ format: 'JSON', level: 'INFO', timeEpochMs: 0, message: '{}' });
  const supervisor = new FrameWriter(fd, lock, 1, { tryMs: 5 });
  supervisor.write(next);

  const chunks: Buffer[] = [];
  reader.on('data', (chunk: Buffer) => chunks.push(chunk));
  const length = 16 + 1_000_001 + next.length;
  const untilAllCame = (): void => {
    supervisor.flush();
    assert.equal(Buffer.concat(chunks).length, length);
  };
  await t.waitFor(untilAllCame, { interval: 5, timeout: LIMIT_MS });
  const [torn, last, ...others] = readFrames(Buffer.concat(chunks));
  assert.match(torn?.message ?? '', /^\.+ +\n$/);
  assert.equal(last?.message, '{}');
  assert.deepEqual(others, []);
});

test('a thread that comes to a closed gate stays there until it is ended', async (t) => {
  const { worker, setup, progress, reach } = startThread(t, {});
  closeWriteGate(setup.gate, LIMIT_MS);
  await reach(1);
  const exitCode = await worker.terminate();
  assert.equal(exitCode, 1, 'it has not ended by itself');
  assert.equal(Atomics.load(progress, 0), 1);
});

test('an open gate holds nobody up, and once it is left nobody waits at it', () => {
  const words = new SharedArrayBuffer(WRITE_GATE_BYTES);
  const gate = new WriteGate(words);
  gate.enter();
  gate.leave();
  closeWriteGate(words, LIMIT_MS);
  assert.deepEqual([...new Int32Array(words)], [0, 1]);
});

test('a thread that does not come out is waited for no longer than the limit', () => {
  const words = new SharedArrayBuffer(WRITE_GATE_BYTES);
  new WriteGate(words).enter();
  const startedAtMs = performance.now();
  closeWriteGate(words, 5);
  assert.ok(performance.now() - startedAtMs >= 5);
});
