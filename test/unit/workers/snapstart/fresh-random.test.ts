// The generators of V8 and OpenSSL are made to repeat themselves, as they do in environments that
// come from one snapshot: what differs nevertheless is what was added after the restore.
import assert from 'node:assert/strict';
import crypto, { randomFillSync, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { installFreshRandom } from '../../../../workers/snapstart/fresh-random.ts';

type Callback<T> = (error: Error | null, value: T) => void;

const UUID = /^[\da-f]{8}-[\da-f]{4}-[47][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const FIXED_UUID = '11111111-1111-4111-8111-111111111111';
/** A time of 2023, and the rest of it fixed. */
const FIXED_UUID_7 = '018bcfe5-6800-7111-8111-111111111111';

/** What a copy of an environment draws, every time. */
function repeatOneself(): void {
  Math.random = () => 0.5;
  const fill = (target: ArrayBufferView, offset = 0, size = 4): unknown => {
    const element = (target as Uint8Array).BYTES_PER_ELEMENT;
    new Uint8Array(target.buffer, target.byteOffset).fill(
      7,
      offset * element,
      (offset + size) * element,
    );
    return target;
  };
  Object.assign(crypto, {
    randomBytes: (size: number, callback?: Callback<Buffer>) => {
      const bytes = Buffer.alloc(size, 7);
      return callback === undefined ? bytes : callback(null, bytes);
    },
    randomFillSync: fill,
    randomFill: (target: ArrayBufferView, ...rest: unknown[]) => {
      const callback = rest.pop() as Callback<unknown>;
      callback(null, fill(target, ...(rest as number[])));
    },
    randomInt: (min: number, max?: number | Callback<number>, callback?: Callback<number>) => {
      const done = typeof max === 'function' ? max : callback;
      const value = typeof max === 'number' ? min : 0;
      return done === undefined ? value : done(null, value);
    },
    randomUUID: () => FIXED_UUID,
    randomUUIDv7: () => FIXED_UUID_7,
  });
  Object.assign(Object.getPrototypeOf(crypto.webcrypto), {
    randomUUID: () => FIXED_UUID,
    getRandomValues: (target: Uint8Array) => target.fill(7),
  });
}

/** By every function; ids and numbers as texts, so that they can be compared. */
async function drawAll(): Promise<Record<string, string>> {
  const web = globalThis.crypto;
  const hex = (bytes: ArrayBufferView): string =>
    Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  const words = new Uint32Array(8);
  const int = promisify(crypto.randomInt as (max: number, done: Callback<number>) => void);
  const { randomUUIDv7 } = crypto as unknown as { readonly randomUUIDv7: () => string };
  return {
    math: String(Math.random()),
    bytes: hex(crypto.randomBytes(16)),
    bytesLater: hex(await promisify(crypto.randomBytes)(16)),
    fillSync: hex(randomFillSync(words, 2, 4)),
    fill: hex((await promisify(crypto.randomFill)(new Uint8Array(4))) as Uint8Array),
    int: String(crypto.randomInt(2 ** 40)),
    intFrom: String(crypto.randomInt(-(2 ** 40), 2 ** 40)),
    intLater: String(await int(2 ** 40)),
    uuid: randomUUID(),
    uuidWeb: web.randomUUID(),
    uuid7: randomUUIDv7(),
    values: hex(web.getRandomValues(new Uint8Array(8))),
  };
}

repeatOneself();
const { reseed } = installFreshRandom();
const atFirst = await drawAll();

test('until the restore every function does what it did', async () => {
  assert.deepEqual(await drawAll(), atFirst);
  assert.equal(atFirst['uuid'], FIXED_UUID);
  assert.equal(atFirst['fillSync'], `${'00'.repeat(8)}${'07'.repeat(16)}${'00'.repeat(8)}`);
});

test('after a restore no function repeats itself, nor after the next', async () => {
  const rounds = [atFirst];
  for (let restore = 0; restore < 2; restore += 1) {
    reseed();
    rounds.push(await drawAll(), await drawAll());
  }
  for (const name of Object.keys(atFirst)) {
    assert.equal(new Set(rounds.map((round) => round[name])).size, 5, name);
  }
});

test('what they give keeps its form', async () => {
  reseed();
  const drawn = await drawAll();
  for (const name of ['uuid', 'uuidWeb', 'uuid7']) assert.match(drawn[name] ?? '', UUID);
  assert.ok(drawn['uuid7']?.startsWith('018bcfe5-6800-7'), 'the time stays');
  const filled = drawn['fillSync'] ?? '';
  assert.equal(filled.slice(0, 16) + filled.slice(-16), '00'.repeat(16), 'only what was asked for');
});

test('each number of a range is as likely as the others, and none lies outside', () => {
  reseed();
  const counts = new Map<number, number>();
  for (let draw = 0; draw < 30_000; draw += 1) {
    const number = crypto.randomInt(-1, 2);
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  assert.deepEqual([...counts.keys()].sort(), [-1, 0, 1]);
  for (const count of counts.values()) assert.ok(Math.abs(count - 10_000) < 410, `${count}`);
});
