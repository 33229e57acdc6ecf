import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FRAME_LOCK_BYTES } from '../../../src/output/frame-writer.ts';
import { encodeFrame } from '../../../src/output/log-frame.ts';
import { SupervisorOutput } from '../../../src/output/supervisor-output.ts';
import { WRITE_GATE_BYTES } from '../../../src/output/write-gate.ts';
import { readFrames } from '../../support/frames.ts';
import { makeFolder } from '../workers/temporary-folder.ts';

const EPOCH_MS = 1_700_000_000_000;
const OWNER = 3;

function open(t: TestContext, isFramed: boolean) {
  const file = join(makeFolder(t, {}), 'log');
  const fd = openSync(file, 'w');
  t.after(() => closeSync(fd));
  const lock = new SharedArrayBuffer(FRAME_LOCK_BYTES);
  const output = new SupervisorOutput(() => EPOCH_MS);
  output.useTarget({ fd, isFramed, lock });
  return { output, fd, lock: new Int32Array(lock, 0, 3), read: () => readFileSync(file) };
}

test('a line becomes a JSON frame of its level, whatever the handlers’ format is', (t) => {
  const { output, read } = open(t, true);

  output.write('{"message":"m"}\n', 'WARN');
  output.flush();

  assert.deepEqual(readFrames(read()), [
    { format: 'JSON', level: 'WARN', micros: BigInt(EPOCH_MS) * 1000n, message: '{"message":"m"}' },
  ]);
});

test('on a socket it stays a line', (t) => {
  const { output, read } = open(t, false);
  output.write('{"message":"m"}\n', 'WARN');
  assert.equal(read().toString(), '{"message":"m"}\n');
});

test('a thread that is to end begins no write, and is told so by its gate alone', (t) => {
  const { output } = open(t, true);
  const gate = new SharedArrayBuffer(WRITE_GATE_BYTES);
  output.threadEnding(gate);
  output.threadEnding(undefined);
  assert.deepEqual([...new Int32Array(gate)], [0, 1]);
});

test('the frame of a thread that is gone is completed at once, and its lock is free', (t) => {
  const { output, lock, read } = open(t, true);
  const torn = encodeFrame({
    format: 'TEXT',
    level: 'INFO',
    timeEpochMs: 0,
    message: 'torn off\n',
  });
  lock.set([OWNER, torn.length - 20, OWNER]);
  Buffer.from(lock.buffer, 12).set(torn.subarray(0, 16));

  output.threadGone(OWNER);

  assert.equal(lock[0], 0);
  const [frame] = readFrames(Buffer.concat([torn.subarray(0, 20), read()]));
  assert.equal(frame?.message, 'torn    \n');
});

test('the line of a thread that is gone is ended on a socket', (t) => {
  const { output, lock, read } = open(t, false);
  lock[0] = OWNER;
  output.threadGone(OWNER);
  assert.deepEqual([lock[0], read().toString()], [0, '\n']);
});

test('a thread that held nothing leaves nothing behind', (t) => {
  const { output, read } = open(t, true);
  output.threadGone(OWNER);
  assert.equal(read().length, 0);
});
