import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { processMemoryReader } from '../../../src/os/process-memory.ts';

const MB = 1024 * 1024;
const LINUX = { skip: process.platform === 'linux' ? false : 'there is no /proc here' };

test('it is the memory of its own, as the kernel names it', LINUX, () => {
  const read = processMemoryReader();
  const kernelMb = (): number => {
    const status = readFileSync('/proc/self/status', 'utf8');
    return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  };
  assert.ok(Math.abs(read() / MB - kernelMb()) < 8, `${read() / MB} and ${kernelMb()} MB`);
});

test('it grows with what is written to', () => {
  const read = processMemoryReader();
  const before = read();
  const buffer = Buffer.alloc(100 * MB, 1);
  const grownMb = (read() - before) / MB;
  assert.equal(buffer.length, 100 * MB);
  assert.ok(grownMb > 80 && grownMb < 140, `${grownMb} MB`);
});

test('without /proc it is what is resident', () => {
  const bytes = processMemoryReader('/nowhere/statm')();
  assert.ok(Math.abs(bytes - process.memoryUsage.rss()) < 20 * MB);
});

test('when somebody has closed the file, nothing is known, and nobody is blamed', LINUX, () => {
  const next = openSync('/proc/self/statm', 'r');
  closeSync(next);
  const read = processMemoryReader();
  assert.ok(read() > 0);
  closeSync(next);
  assert.equal(read(), 0);
});
