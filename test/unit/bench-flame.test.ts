import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CpuProfile, renderFlameGraph } from '../../bench/report/flame-graph.ts';

type Row = readonly [functionName: string, url: string, children: readonly number[]];

/** The number of a node is its place in the list. */
function profileOf(rows: readonly Row[], samples: readonly (readonly [number, number])[]) {
  return {
    startTime: 0,
    nodes: rows.map(([functionName, url, children], id) => {
      return { id, callFrame: { functionName, url }, children };
    }),
    samples: samples.map(([id]) => id),
    timeDeltas: samples.map(([, us]) => us),
  } satisfies CpuProfile;
}

const ROWS: readonly Row[] = [
  ['(root)', '', [1, 2, 4, 5]],
  ['(idle)', '', []],
  ['serve', 'file:///app/src/serve.ts', [3]],
  ['write', 'node:net', []],
  ['', 'file:///app/src/a&b.ts', []],
  ['serve', 'file:///app/src/serve.ts', []],
];

test('shares are of the time that was not idle, and calls of one name are one', () => {
  const samples = [1, 1, 2, 3, 3, 4, 5].map((id) => [id, 100] as const);

  const drawn = renderFlameGraph(profileOf(ROWS, samples), 'A title', 'A subtitle');

  const told = [...drawn.matchAll(/<title>(.*?)<\/title>/g)].map(([, words]) => words);
  assert.deepEqual(told, [
    '(root): 100.0 %',
    'serve serve.ts: 80.0 %',
    'write node:net: 40.0 %',
    '(anonymous) a&amp;b.ts: 20.0 %',
  ]);
  assert.match(drawn, /A title/);
  assert.match(drawn, /A subtitle/);
});

test('what takes less than a thousandth is not drawn', () => {
  const samples = [
    [2, 100_000],
    [4, 50],
  ] as const;

  const drawn = renderFlameGraph(profileOf(ROWS, samples), '', '');

  assert.doesNotMatch(drawn, /anonymous/);
});

test('a profile with nothing in it is an error', () => {
  const empty = { startTime: 0, nodes: [], samples: [], timeDeltas: [] };
  assert.throws(() => renderFlameGraph(empty, '', ''), /^Error: Cannot draw a profile/);
});
