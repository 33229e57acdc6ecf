import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { FRAME_LOCK_BYTES, FrameWriter } from '../../../src/output/frame-writer.ts';
import { encodeFrame } from '../../../src/output/log-frame.ts';
import { readFrames } from '../../support/frames.ts';
import { openPipe } from '../../support/pipe.ts';
import { makeFolder } from '../workers/temporary-folder.ts';

const THREADS = join(import.meta.dirname, 'frame-threads.ts');
const makeLock = (): SharedArrayBuffer => new SharedArrayBuffer(FRAME_LOCK_BYTES);
const wordsOf = (lock: SharedArrayBuffer): Int32Array => new Int32Array(lock, 0, 3);
const frameOf = (message: string): Buffer =>
  encodeFrame({ format: 'TEXT', level: 'INFO', timeEpochMs: 0, message });

test('FrameWriter writes frames one after the other and leaves the lock free', (t) => {
  const file = join(makeFolder(t, {}), 'log');
  const fd = openSync(file, 'w');
  const lock = makeLock();
  const writer = new FrameWriter(fd, lock, 2);

  writer.write(frameOf('one\n'));
  writer.write(frameOf('two\n'));
  closeSync(fd);

  const read = readFrames(readFileSync(file)).map(({ message }) => message);
  assert.deepEqual(read, ['one\n', 'two\n']);
  assert.deepEqual([...wordsOf(lock).subarray(0, 2)], [0, 0]);
});

test('FrameWriter completes the frame of a thread that is gone before it begins its own', (t) => {
  const file = join(makeFolder(t, {}), 'log');
  const fd = openSync(file, 'w');
  const lock = makeLock();
  const torn = frameOf('torn in the middle\n');
  wordsOf(lock).set([0, torn.length - 20, 7]);
  Buffer.from(lock, 12).set(torn.subarray(0, 16));
  const writer = new FrameWriter(fd, lock, 2, { tryMs: 5 });

  writer.flush();
  writer.write(frameOf('next\n'));
  closeSync(fd);

  const whole = Buffer.concat([torn.subarray(0, 20), readFileSync(file)]);
  const read = readFrames(whole).map(({ message }) => message.trimEnd());
  assert.deepEqual(read, ['torn', 'next']);
});

test('FrameWriter goes silent when its descriptor is closed, and throws nothing', () => {
  const fd = openSync('/dev/null', 'w');
  closeSync(fd);
  const lock = makeLock();
  const writer = new FrameWriter(fd, lock, 2);

  writer.write(frameOf('lost\n'));

  assert.ok(writer.isClosed);
  assert.equal(wordsOf(lock)[0], 0);
});

test('FrameWriter keeps nothing for a descriptor that is closed, torn frame or not', () => {
  const fd = openSync('/dev/null', 'w');
  closeSync(fd);
  for (const missingBytes of [0, 5]) {
    const lock = makeLock();
    wordsOf(lock)[1] = missingBytes;
    const writer = new FrameWriter(fd, lock, 1, { tryMs: 5 });

    writer.write(frameOf('lost\n'));

    assert.ok(writer.isClosed);
    assert.equal(writer.backlogBytes, 0, `${missingBytes} bytes are missing`);
  }
});

test('FrameWriter loses one frame, not its voice, when the device is full', () => {
  const fd = openSync('/dev/full', 'w');
  const writer = new FrameWriter(fd, makeLock(), 2);

  writer.write(frameOf('lost\n'));

  assert.equal(writer.isClosed, false);
  closeSync(fd);
});

test('FrameWriter with a time limit keeps what it may not write yet, up to a bound', (t) => {
  const file = join(makeFolder(t, {}), 'log');
  const fd = openSync(file, 'w');
  const lock = makeLock();
  wordsOf(lock)[0] = 7;
  const writer = new FrameWriter(fd, lock, 1, { tryMs: 1 });

  for (let index = 0; index < 40; index += 1)
    writer.write(frameOf(`${index}${'.'.repeat(10_000)}`));
  const keptBytes = writer.backlogBytes;
  const early = readFileSync(file).length;
  wordsOf(lock)[0] = 0;
  writer.flush();
  closeSync(fd);

  assert.equal(early, 0);
  assert.ok(keptBytes > 200_000 && keptBytes <= 256 * 1024, `${keptBytes} bytes`);
  assert.equal(readFrames(readFileSync(file)).length, 26);
  assert.equal(writer.backlogBytes, 0);
});

/** In gulps with pauses, so that the pipe is full most of the time. */
async function readSlowly(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    stream.pause();
    setTimeout(() => stream.resume(), 1);
  });
  await once(stream, 'close');
  return Buffer.concat(chunks);
}

function startThreads(writeFd: number, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [THREADS, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', writeFd],
  });
  closeSync(writeFd);
  return child;
}

/** How many whole frames there are of each thread; those of one thread come in their order. */
function countFrames(bytes: Buffer): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { message } of readFrames(bytes)) {
    const [, owner = 'torn', index = ''] = /^(\d+) (\d+) \.*\n$/.exec(message) ?? [];
    if (owner !== 'torn' && owner !== '1') assert.equal(Number(index), counts[owner] ?? 0);
    counts[owner] = (counts[owner] ?? 0) + 1;
  }
  return counts;
}

test('every frame of threads that share a full pipe is whole', async () => {
  const { reader, writeFd } = openPipe();
  const child = startThreads(writeFd, '3', '80');
  const ended = once(child, 'exit');

  const counts = countFrames(await readSlowly(reader));

  assert.deepEqual(await ended, [0, null], 'the main thread never waits for the reader');
  const { 1: ofMain = 0, torn = 0, ...ofThreads } = counts;
  assert.deepEqual(ofThreads, { 2: 80, 3: 80, 4: 80 });
  assert.ok(ofMain > 0);
  // The main thread’s, when its time was up in the middle of one; it is repeated.
  assert.ok(torn <= ofMain, `${torn} torn, ${ofMain} of the main thread`);
});

test('a thread that is ended in the middle of a frame does not cost the reader its place', async () => {
  const { reader, writeFd } = openPipe();
  const child = startThreads(writeFd, '3', '20', 'terminate');
  const ended = once(child, 'exit');
  // Nobody reads until the thread is gone: it has waited for room.
  if (child.stdout !== null) await once(child.stdout, 'data');

  const counts = countFrames(await readSlowly(reader));

  assert.deepEqual(await ended, [0, null]);
  const { 1: ofMain = 0, torn = 0, ...ofThreads } = counts;
  assert.ok(torn > 0, 'one was ended in the middle of a frame');
  const complete = Object.values(ofThreads).filter((count) => count === 20);
  assert.equal(complete.length, 2);
  assert.ok(ofMain > 0);
});

test('a thread that waits for the lock finds it free also when nobody tells it', async (t) => {
  const fd = openSync(join(makeFolder(t, {}), 'log'), 'w');
  t.after(() => closeSync(fd));
  const lock = makeLock();
  wordsOf(lock)[0] = 7;
  const writer = import.meta.resolve('../../../src/output/frame-writer.ts');
  const code = `const { fd, lock } = require('node:worker_threads').workerData;
    import('${writer}').then(({ FrameWriter }) => {
      new FrameWriter(fd, lock, 2).write(Buffer.alloc(16));
    });`;
  const worker = new Worker(code, { eval: true, workerData: { fd, lock } });
  t.after(() => worker.terminate());
  const ended = once(worker, 'exit');
  // It sleeps by then; the one that was woken in its place has been ended.
  await delay(300);
  wordsOf(lock)[0] = 0;

  const late = delay(5000, 'it sleeps on', { ref: false });
  assert.deepEqual(await Promise.race([ended, late]), [0]);
});

test('FrameWriter survives a reader that goes away', async () => {
  const { reader, writeFd } = openPipe();
  const child = startThreads(writeFd, '2', '200');
  reader.once('data', () => reader.destroy());

  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
