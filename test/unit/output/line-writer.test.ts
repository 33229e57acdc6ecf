import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LineWriter, releaseFor } from '../../../src/output/line-writer.ts';
import { makeFolder } from '../workers/temporary-folder.ts';

const THREADS = join(import.meta.dirname, 'log-threads.ts');
const LINE_CHARS = 20_000;

function makeFile(t: TestContext): { readonly fd: number; readonly read: () => string } {
  const path = join(makeFolder(t, {}), 'log');
  const fd = openSync(path, 'w');
  t.after(() => closeSync(fd));
  return { fd, read: () => readFileSync(path, 'utf8') };
}

const makeLock = (): SharedArrayBuffer => new SharedArrayBuffer(4);
const holderOf = (lock: SharedArrayBuffer): number => Atomics.load(new Int32Array(lock), 0);

test('LineWriter writes text and bytes and leaves the lock free', (t) => {
  const { fd, read } = makeFile(t);
  const lock = makeLock();
  const writer = new LineWriter(fd, lock, 2);

  writer.write('é\n');
  writer.write(new Uint8Array([0x61, 0x0a]));
  writer.write('');

  assert.equal(read(), 'é\na\n');
  assert.equal(holderOf(lock), 0);
});

test('LineWriter goes silent when its descriptor is closed', (t) => {
  const { fd } = makeFile(t);
  const lock = makeLock();
  const closedFd = openSync('/dev/null', 'w');
  const writer = new LineWriter(closedFd, lock, 2);
  closeSync(closedFd);

  writer.write('lost\n');
  writer.write('lost, too\n');

  assert.ok(writer.isClosed);
  assert.equal(holderOf(lock), 0);
  assert.ok(fd > 0);
});

test('LineWriter loses one line, not its voice, when the device is full', () => {
  const fd = openSync('/dev/full', 'w');
  const writer = new LineWriter(fd, makeLock(), 2);

  writer.write('lost\n');

  assert.equal(writer.isClosed, false);
  closeSync(fd);
});

test('LineWriter with a time limit writes without the lock when it cannot get it', (t) => {
  const { fd, read } = makeFile(t);
  const lock = makeLock();
  Atomics.store(new Int32Array(lock), 0, 7);
  const writer = new LineWriter(fd, lock, 1, { tryMs: 5 });

  const startedAtMs = performance.now();
  writer.write('line\n');
  const waitedMs = performance.now() - startedAtMs;

  assert.equal(read(), 'line\n');
  assert.equal(holderOf(lock), 7);
  assert.ok(waitedMs >= 4 && waitedMs < 1000, `waited ${waitedMs} ms`);
});

test('LineWriter writes on when its own thread holds the lock already', (t) => {
  const { fd, read } = makeFile(t);
  const lock = makeLock();
  Atomics.store(new Int32Array(lock), 0, 2);

  new LineWriter(fd, lock, 2).write('line\n');

  assert.equal(read(), 'line\n');
  assert.equal(holderOf(lock), 2);
});

test('releaseFor() frees the lock of that owner only and tells whether it was held', () => {
  const lock = makeLock();
  Atomics.store(new Int32Array(lock), 0, 3);

  assert.equal(releaseFor(lock, 2), false);
  assert.equal(holderOf(lock), 3);
  assert.equal(releaseFor(lock, 3), true);
  assert.equal(holderOf(lock), 0);
});

/** Reads in gulps with pauses, so that the pipe is full most of the time. */
async function readSlowly(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  const { stdout } = child;
  if (stdout === null) throw new Error('no stdout');
  stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    stdout.pause();
    setTimeout(() => stdout.resume(), 1);
  });
  await new Promise((resolve) => child.on('close', resolve));
  return Buffer.concat(chunks).toString('utf8');
}

function startThreads(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [THREADS, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The number of whole lines of each owner. */
function countLines(output: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of output.split('\n')) {
    const match = /^(\d+) \d+ ([a-z])\2*$/.exec(line);
    const isWhole = match !== null && line.length > LINE_CHARS;
    const owner = isWhole ? (match[1] ?? '') : line === '' || line === 'done' ? line : 'torn';
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}

for (const mode of ['blocking', 'nonblocking']) {
  test(`LineWriter keeps the lines of four threads whole on a ${mode} pipe`, async () => {
    const child = startThreads('4', '40', mode);

    const counts = countLines(await readSlowly(child));

    assert.equal(child.exitCode, 0);
    const expected = { 2: 40, 3: 40, 4: 40, 5: 40, done: 1, '': 1 };
    assert.deepEqual(Object.fromEntries(counts), expected);
  });

  test(`LineWriter goes on after a thread was terminated on a ${mode} pipe`, async () => {
    const child = startThreads('4', '40', mode, 'terminate');

    const counts = countLines(await readSlowly(child));

    assert.equal(child.exitCode, 0);
    for (const owner of ['3', '4', '5']) assert.equal(counts.get(owner), 40, `owner ${owner}`);
    assert.equal(counts.get('done'), 1);
    // At most the line that the thread was writing when it was ended.
    assert.ok((counts.get('torn') ?? 0) <= 1, `${counts.get('torn')} torn lines`);
  });
}

test('LineWriter survives a reader that goes away', async () => {
  const child = startThreads('2', '200');
  child.stdout?.once('data', () => child.stdout?.destroy());

  const exitCode = await new Promise((resolve) => child.on('exit', resolve));

  assert.equal(exitCode, 0);
});
