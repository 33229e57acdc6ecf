import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import {
  PreludeReader,
  type PreludeState,
} from '../../../src/emulator/function-url/prelude-reader.ts';

const NULS = '\0'.repeat(8);

/** Pushes the bytes cut at these places; the last state, and the pieces of body after it. */
function read(bytes: Buffer, cuts: readonly number[]): { state: PreludeState; body: Buffer } {
  const reader = new PreludeReader();
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  let state: PreludeState = { kind: 'open' };
  const body: Uint8Array[] = [];
  for (const [index, from] of places.slice(0, -1).entries()) {
    const piece = bytes.subarray(from, places[index + 1]);
    if (state.kind === 'open') {
      state = reader.push(piece);
      if (state.kind === 'complete') body.push(state.rest);
    } else {
      body.push(piece);
    }
  }
  return { state, body: Buffer.concat(body) };
}

test('wherever a prelude is cut, it is read, and the body behind it is whole', () => {
  const headers = fc.dictionary(
    fc.stringMatching(/^[a-z][a-z-]{0,8}$/),
    fc.stringMatching(/^[!-~]+$/),
  );
  const parts = fc.record({
    statusCode: fc.integer({ min: 200, max: 599 }),
    headers,
    body: fc.uint8Array(),
  });
  fc.assert(
    fc.property(parts, fc.array(fc.nat(1000)), ({ statusCode, headers, body }, wanted) => {
      const prelude = JSON.stringify({ statusCode, headers }) + NULS;
      const bytes = Buffer.concat([Buffer.from(prelude), body]);
      const cuts = wanted.map((cut) => cut % (bytes.length + 1));

      const { state, body: got } = read(bytes, cuts);

      assert.equal(state.kind, 'complete');
      assert.equal(state.kind === 'complete' && state.head.status, statusCode);
      assert.ok(got.equals(body));
    }),
  );
});

test('byte by byte it is the same', () => {
  const bytes = Buffer.from(`{"statusCode":404}${NULS}\0\0body`);

  const { state, body } = read(
    bytes,
    Array.from(bytes, (_, at) => at),
  );

  assert.equal(state.kind === 'complete' && state.head.status, 404);
  assert.equal(body.toString(), '\0\0body');
});

test('a NUL byte too few is noticed with the byte that comes in its place', () => {
  const { state } = read(Buffer.from(`{}${'\0'.repeat(7)}x`), [3, 6]);

  assert.deepEqual(state, {
    kind: 'broken',
    flaw: '7 NUL bytes follow its JSON, 8 have to',
  });
});

test('what never gets to an end is bounded', () => {
  const reader = new PreludeReader();
  const piece = Buffer.alloc(1024, 'x');
  let pieces = 0;
  while (reader.push(piece).kind === 'open') pieces += 1;

  assert.equal(pieces, 64);
});
