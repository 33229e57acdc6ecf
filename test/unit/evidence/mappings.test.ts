import assert from 'node:assert/strict';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { test } from 'node:test';
import { build } from 'esbuild';
import { findSegments, type Position } from '../../../src/evidence/mappings.ts';

test('places are those that Node finds, in a large minified bundle', async () => {
  const { map, lines } = await bundle();
  const positions: Position[] = lines.flatMap((text, line) => {
    const step = Math.max(1, Math.floor(text.length / 400));
    const columns = Array.from({ length: Math.ceil(text.length / step) }, (_, nth) => nth * step);
    return columns.map((column) => ({ line, column }));
  });
  assert.ok(positions.length > 300, `${positions.length} positions`);
  const theirs = new SourceMap(map);

  const found = findSegments(map.mappings, positions);

  for (const [index, { line, column }] of positions.entries()) {
    const entry: Record<string, unknown> = { ...theirs.findEntry(line, column) };
    const segment = found[index];
    const source = segment?.source === undefined ? undefined : map.sources[segment.source];
    // Node answers from the line before where a line has nothing.
    if (entry['generatedLine'] !== line) assert.equal(segment, undefined);
    else if (source === undefined) assert.equal(entry['originalSource'], undefined);
    else {
      assert.deepEqual(
        [source, segment?.sourceLine, segment?.sourceColumn, segment?.column],
        [
          entry['originalSource'],
          entry['originalLine'],
          entry['originalColumn'],
          entry['generatedColumn'],
        ],
      );
      const name = segment?.name === undefined ? undefined : map.names[segment.name];
      assert.equal(name, entry['name']);
    }
  }
});

test('the order of the positions does not matter', async () => {
  const { map } = await bundle();
  const positions = [3, 1, 2].map((tens) => ({ line: 0, column: tens * 10 }));
  const one = findSegments(map.mappings, positions);
  const other = findSegments(map.mappings, positions.toReversed());
  assert.deepEqual(one, other.toReversed());
});

test('a place without a segment before it in its line has none', () => {
  // Line 0: column 2 of source 0. Line 2: column 4, without a source.
  const found = findSegments('EAAA;;I', [
    { line: 0, column: 1 },
    { line: 0, column: 2 },
    { line: 0, column: 99 },
    { line: 1, column: 0 },
    { line: 2, column: 4 },
    { line: 3, column: 0 },
  ]);

  assert.deepEqual(
    found.map((segment) => segment && [segment.line, segment.column, segment.source]),
    [undefined, [0, 2, 0], [0, 2, 0], undefined, [2, 4, undefined], undefined],
  );
});

test('text that is no mapping does no harm', () => {
  for (const text of ['', ';;;;', ',,,', '!!!!', 'zzzzzzzzzzzz', 'ä;ö']) {
    findSegments(text, [{ line: 0, column: 0 }]);
  }
});

test('what is not found in time is not told', () => {
  const mappings = 'AAAA,CAAC;'.repeat(100_000);
  const positions = [0, 10, 99_999].map((line) => ({ line, column: 1 }));
  let looks = 0;
  const found = findSegments(mappings, positions, () => {
    looks += 1;
    return looks > 10;
  });
  assert.equal(looks, 11);
  assert.deepEqual(
    found.map((segment) => segment?.line),
    [0, 10, undefined],
  );
  assert.deepEqual(
    findSegments(mappings, positions, () => true),
    [undefined, undefined, undefined],
  );
});

test('a number without an end is none', () => {
  looksAreSeldom('g'.repeat(1_000_000));
  looksAreSeldom(';'.repeat(1_000_000));
});

function looksAreSeldom(mappings: string): void {
  let looks = 0;
  findSegments(mappings, [{ line: 2_000_000, column: 0 }], () => {
    looks += 1;
    return false;
  });
  assert.ok(looks > 50 && looks < 200, `${looks} looks`);
}

async function bundle(): Promise<{ map: SourceMapPayload; lines: readonly string[] }> {
  const { outputFiles } = await build({
    entryPoints: ['node_modules/pino/pino.js'],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    sourcemap: 'external',
    outfile: 'bundle.js',
    logLevel: 'error',
  });
  const [map = '', code = ''] = [/\.map$/, /\.js$/].map(
    (name) => outputFiles.find(({ path }) => name.test(path))?.text,
  );
  return { map: JSON.parse(map) as SourceMapPayload, lines: code.split('\n') };
}
