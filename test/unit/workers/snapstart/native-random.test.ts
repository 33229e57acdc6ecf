// Node's own functions behind the changed ones: what they take, give and refuse is what it was.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { installFreshRandom } from '../../../../workers/snapstart/fresh-random.ts';

type Call = () => unknown;

const NAMES = ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID'] as const;
const shapes = NAMES.map((name) => [crypto[name].name, crypto[name].length]);

/** Calls that are refused, each in its own way. */
const REFUSED: readonly Call[] = [
  () => crypto.randomBytes(-1),
  () => crypto.randomBytes(4, 'callback' as never),
  () => crypto.randomFillSync('text' as never),
  () => crypto.randomFillSync(new Uint8Array(4), 5),
  () => crypto.randomFillSync(new Uint32Array(4), 1, 4),
  () => crypto.randomFill(new Uint8Array(4), 'callback' as never),
  () => crypto.randomInt(5, 5),
  () => crypto.randomInt(0.5),
  () => crypto.randomInt(-1, 2 ** 48),
  () => crypto.randomUUID({ disableEntropyCache: 1 as never }),
  () => globalThis.crypto.getRandomValues(new Float32Array(1) as never),
  () => globalThis.crypto.getRandomValues(new Uint8Array(65_537)),
  () => globalThis.crypto.getRandomValues.call({} as never, new Uint8Array(1)),
];

function errorOf(call: Call): unknown {
  try {
    call();
  } catch (error) {
    const { code, message, name } = error as NodeJS.ErrnoException;
    return { code, message, name };
  }
  return 'nothing is thrown';
}

const refusals = REFUSED.map(errorOf);
installFreshRandom().reseed();

test('they have their names and lengths', () => {
  assert.deepEqual(
    NAMES.map((name) => [crypto[name].name, crypto[name].length]),
    shapes,
  );
});

test('they refuse what they have refused', () => {
  assert.deepEqual(REFUSED.map(errorOf), refusals);
  assert.ok(!refusals.includes('nothing is thrown'));
});

test('whatever takes bytes gets all of them filled', async () => {
  const { webcrypto } = crypto;
  // Its types know of no buffer without a view.
  const fillBuffer = crypto.randomFillSync as unknown as (buffer: ArrayBuffer) => ArrayBuffer;
  const targets = [
    crypto.randomBytes(4096),
    await promisify(crypto.randomBytes)(4096),
    crypto.randomFillSync(Buffer.alloc(4096)),
    new Uint8Array(fillBuffer(new ArrayBuffer(4096))),
    (await promisify(crypto.randomFill)(new Uint8Array(4096))) as Uint8Array,
    new Uint8Array(crypto.randomFillSync(new DataView(new ArrayBuffer(4096))).buffer),
    new Uint8Array(webcrypto.getRandomValues(new BigUint64Array(512)).buffer),
    crypto.getRandomValues(new Uint8Array(4096)),
  ];
  for (const [index, bytes] of targets.entries()) {
    const zeros = bytes.filter((byte) => byte === 0).length;
    // 16 are expected; four times as many come up in no run.
    assert.ok(bytes.length === 4096 && zeros > 0 && zeros < 64, `${index}: ${zeros} zeros`);
  }
});

test('a part of a buffer is filled and the rest left alone', async () => {
  const pool = Buffer.alloc(32);
  const part = pool.subarray(8, 24);
  crypto.randomFillSync(part, 4, 8);
  assert.equal(pool.toString('hex', 0, 12) + pool.toString('hex', 20), '00'.repeat(24));
  await new Promise((resolve) => crypto.randomFill(part, 12, resolve));
  assert.equal(pool.toString('hex', 24), '00'.repeat(8));
});

test('an id is one, with the cache and without it', () => {
  const form = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
  const ids = [
    crypto.randomUUID(),
    crypto.randomUUID({ disableEntropyCache: true }),
    globalThis.crypto.randomUUID(),
  ];
  for (const id of ids) assert.match(id, form);
  assert.equal(new Set(ids).size, 3);
});

test('integers lie in their range, however it is given', async () => {
  const later = await new Promise((resolve, reject) => {
    crypto.randomInt(3, 5, (error, value) => (error ? reject(error) : resolve(value)));
  });
  assert.ok(later === 3 || later === 4);
  assert.equal(crypto.randomInt(1), 0);
  const large = crypto.randomInt(2 ** 48 - 1);
  assert.ok(Number.isSafeInteger(large) && large < 2 ** 48);
});
