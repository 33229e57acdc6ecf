import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarisePhases, summariseStarts } from '../../../../src/cli/bench/phase-summary.ts';
import { madeUpReports, madeUpStart } from './made-up.ts';

test('the overhead is all phases but the handler, and its shares make the whole', () => {
  const summary = summarisePhases(madeUpReports(30));

  assert.equal(summary?.overheadUs.p50, 28);
  assert.equal(summary?.overheadUs.max, 280);
  assert.equal(summary?.handlerUs?.p50, 500);
  assert.deepEqual(
    summary?.rows.map(({ phase, summary: { p50 } }) => [phase, p50]),
    [
      ...[
        ['receive', 1],
        ['dispatch', 2],
        ['parse', 3],
        ['stringify', 4],
      ],
      ...[
        ['return', 5],
        ['respond', 6],
        ['repoll', 7],
      ],
    ],
  );
  const shares = summary?.rows.reduce((sum, { share }) => sum + share, 0) ?? 0;
  assert.ok(Math.abs(shares - 1) < 1e-9, String(shares));
});

test('the parts are connection, threads and JSON, and make the whole', () => {
  assert.deepEqual(summarisePhases(madeUpReports(5))?.parts, [
    { part: 'connection', share: 0.5 },
    { part: 'threads', share: 0.25 },
    { part: 'json', share: 0.25 },
  ]);
});

test('a phase that no report knows has no row, and one that some know is theirs alone', () => {
  const bare = { heapBytes: undefined };
  const summary = summarisePhases([
    { ...bare, requestId: 'a', phasesUs: { respond: 10, repoll: 4 } },
    { ...bare, requestId: 'b', phasesUs: { respond: 10 } },
  ]);

  assert.deepEqual(
    summary?.rows.map(({ phase, summary: { p50 } }) => [phase, p50]),
    [
      ['respond', 10],
      ['repoll', 4],
    ],
  );
  assert.deepEqual(summary?.parts, [{ part: 'connection', share: 1 }]);
  assert.deepEqual([summary?.handlerUs, summary?.heapMb], [undefined, undefined]);
});

test('without any phase there is nothing to summarise', () => {
  const report = { requestId: 'a', phasesUs: { handler: 3 }, heapBytes: 1 };

  assert.equal(summarisePhases([report]), undefined);
  assert.equal(summarisePhases([]), undefined);
});

test('a step goes from the median of its beginnings to that of its ends', () => {
  const partly = {
    processAtMs: 0,
    durationMs: 5,
    steps: [{ name: 'Node.js', fromMs: 0, toMs: 20 }],
  };

  assert.deepEqual(summariseStarts([...[0, 2, 10].map(madeUpStart), partly]), [
    { name: 'Node.js', fromMs: 0, toMs: 20 },
    { name: 'thread', fromMs: 27, toMs: 62 },
  ]);
  assert.deepEqual(summariseStarts([]), []);
});
