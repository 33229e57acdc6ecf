import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LookBudget } from '../../../src/evidence/look-budget.ts';

test('a file is read as text', (context) => {
  const file = join(temporaryFolder(context), 'a.mjs');
  writeFileSync(file, 'für\n');
  assert.equal(budgetOf(1000).read(file, 1), 'für\n');
});

test('what could keep its reader for ever is not read', (context) => {
  const folder = temporaryFolder(context);
  const [pipe, empty, inner] = ['pipe', 'empty', 'folder'].map((name) => join(folder, name));
  execFileSync('mkfifo', [pipe ?? '']);
  writeFileSync(empty ?? '', '');
  mkdirSync(inner ?? '');
  for (const path of [pipe, empty, inner, '/dev/zero', '/dev/tty', '/proc/self/status']) {
    assert.throws(() => budgetOf(1000).read(path ?? '', 1), path);
  }
});

test('files that take longer than what is left are not read', (context) => {
  const file = sized(context, 1_000_000);
  assert.equal(budgetOf(10).read(file, 1), undefined);
  assert.equal(budgetOf(0).read(file, 1), undefined);
  assert.equal(budgetOf(-1).isOver, true);
  assert.equal(budgetOf(1000).isOver, false);
  assert.equal(budgetOf(1000).read(file, 1)?.length, 1_000_000);
});

test('all files together have one bound', (context) => {
  const file = sized(context, 6_000_000);
  const budget = budgetOf(10_000);
  const lengths = [1, 2, 3].map(() => budget.read(file, 1)?.length);
  assert.deepEqual(lengths, [6_000_000, 6_000_000, undefined]);
  assert.equal(budget.read(file, 0.25)?.length, 6_000_000);
  assert.equal(budget.take(3_000_000), false);
  assert.equal(budget.take(2_000_000), true);
  assert.equal(budget.take(1_000_000), false);
});

function budgetOf(ms: number): LookBudget {
  return new LookBudget(performance.now() + ms);
}

function sized(context: TestContext, bytes: number): string {
  const file = join(temporaryFolder(context), 'big');
  writeFileSync(file, 'a'.repeat(bytes));
  return file;
}

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-budget-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
