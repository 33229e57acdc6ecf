import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { endTornLine } from '../../../src/output/torn-line.ts';

const OWNER = 7;

function afterDeathOf(holder: number): { readonly written: string; readonly lock: number } {
  const folder = mkdtempSync(join(tmpdir(), 'torn-line-'));
  const file = join(folder, 'log');
  const fd = openSync(file, 'w');
  const lock = new SharedArrayBuffer(4);
  Atomics.store(new Int32Array(lock), 0, holder);
  endTornLine({ fd, lock, owner: OWNER });
  closeSync(fd);
  const written = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  return { written, lock: Atomics.load(new Int32Array(lock), 0) };
}

test('a thread that died in the middle of a line has it ended and its lock freed', () => {
  assert.deepEqual(afterDeathOf(OWNER), { written: '\n', lock: 0 });
});

test('a thread that held no lock leaves nothing behind', () => {
  assert.deepEqual(afterDeathOf(0), { written: '', lock: 0 });
});

test('the lock of another thread is not touched', () => {
  assert.deepEqual(afterDeathOf(3), { written: '', lock: 3 });
});

test('a closed descriptor does not keep the lock', () => {
  const lock = new SharedArrayBuffer(4);
  Atomics.store(new Int32Array(lock), 0, OWNER);
  endTornLine({ fd: 9999, lock, owner: OWNER });
  assert.equal(Atomics.load(new Int32Array(lock), 0), 0);
});
