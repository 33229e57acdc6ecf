import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'node:test';

const THREAD = join(import.meta.dirname, 'stream-thread.ts');
const ROUNDS = 1000;

/** Slower than the thread writes. */
async function readSlowly(stream: Readable | null): Promise<string> {
  const chunks: Buffer[] = [];
  if (stream === null) throw new Error('no stream');
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    stream.pause();
    setTimeout(() => stream.resume(), 1);
  });
  await new Promise((resolve) => stream.on('end', resolve));
  return Buffer.concat(chunks).toString('utf8');
}

async function run(host: string, ending: string): Promise<{ stdout: string; stderr: string }> {
  const child: ChildProcess = spawn(process.execPath, [THREAD, host, ending], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  const [stdout, stderr] = await Promise.all([readSlowly(child.stdout), readSlowly(child.stderr)]);
  return { stdout, stderr };
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

for (const host of ['worker', 'piscina']) {
  for (const ending of ['return', 'terminate', 'exit', 'throw', 'reject', 'busy']) {
    test(`every line arrives when a ${host} thread ends by "${ending}"`, async () => {
      const { stdout, stderr } = await run(host, ending);

      assert.equal(count(stdout, /^stream \d+ \.{100}$/gm), ROUNDS);
      assert.equal(count(stdout, /^.+\tr-1\tINFO\tconsole \d+ \.{100}$/gm), ROUNDS);
      assert.equal(count(stdout, /^own \d+ \.{100}$/gm), ROUNDS);
      assert.equal(count(stderr, /^stderr \d+ \.{100}$/gm), ROUNDS);
      assert.match(stdout, /^called back\n/);
      assert.match(stdout, /\tr-1\tINFO\t┌─[^\n]*\r│ 0 +│ 1 │/);
      assert.match(stdout, /\n\{ dir: true \}\ncorked hexa!\nleft 0 fd 1\n$/);
    });
  }
}
