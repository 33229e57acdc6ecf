// The table against this runtime, and whether it is whole. `npm run conformance` is the same as a
// command, also for the reference client.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ConformanceCase } from './table/case.ts';
import { ALL_CASES, CASES } from './table/cases.ts';
import { OPEN, SHOWN_BY } from './table/elsewhere.ts';
import { gives } from './table/expect.ts';
import { bulkhead } from './table/program.ts';
import { ROWS } from './table/rows.ts';
import { type CaseResult, runTable } from './table/run-table.ts';

const PROJECT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

describe('the table of conformance', () => {
  const running = runTable(CASES, bulkhead);
  // Whoever asks first waits for all; the others find it done.
  running.catch(() => {});

  for (const [index, one] of CASES.entries()) {
    test(`${one.rows.join(' ')}: ${one.says}`, async () => {
      const result = (await running)[index];
      assert.ok(result !== undefined && result.outcomes.length > 0, 'it was run');
      assert.deepEqual(flawsOf(result), []);
    });
  }
});

test('a case that does not hold says what was seen, for each kind of module', async () => {
  const wrong: ConformanceCase = {
    rows: ['A4.5'],
    stance: 'M',
    says: 'the answer is another one',
    code: '() => 42',
    check: gives('43'),
  };
  const [result] = await runTable([wrong], bulkhead);
  assert.deepEqual(
    result?.outcomes.map(({ kind, holds, words }) => ({ kind, holds, words })),
    [
      { kind: 'commonjs', holds: false, words: 'result 42' },
      { kind: 'esm', holds: false, words: 'result 42' },
    ],
  );
});

test('each case has a sentence of its own and names rows that exist', () => {
  const sentences = ALL_CASES.map(({ rows, says }) => `${rows[0]} ${says}`);
  assert.deepEqual(sentences, [...new Set(sentences)]);
  const named = [
    ...ALL_CASES.flatMap(({ rows }) => rows),
    ...Object.keys(SHOWN_BY),
    ...Object.keys(OPEN),
  ];
  assert.deepEqual(
    named.filter((row) => !ROWS.has(row)),
    [],
  );
});

test('each row has a case, a test elsewhere that names it, or a reason', () => {
  const covered = new Set(ALL_CASES.flatMap(({ rows }) => rows));
  const isElsewhere = (row: string): boolean => row in SHOWN_BY || row in OPEN;
  const bare = [...ROWS.keys()].filter((row) => !covered.has(row) && !isElsewhere(row));
  assert.deepEqual(bare, []);
  const needless = Object.keys(OPEN).filter((row) => covered.has(row));
  assert.deepEqual(needless, [], 'they have a case: take the reason away');
});

test('the tests elsewhere are there', () => {
  const missing = Object.values(SHOWN_BY).filter((path) => !existsSync(join(PROJECT, path)));
  assert.deepEqual(missing, []);
});

test('docs/conformance.md has every case: npm run conformance -- --write', () => {
  const page = read('docs/conformance.md');
  const missing = ALL_CASES.filter(({ says }) => !page.includes(says.replaceAll('|', '\\|')));
  assert.deepEqual(
    missing.map(({ says }) => says),
    [],
  );
});

function flawsOf({ outcomes }: CaseResult): readonly string[] {
  return outcomes.flatMap(({ flaw, kind }) => (flaw === undefined ? [] : [`${kind}: ${flaw}`]));
}
