// The journal's bytes: what was written is read, and what was not written as a whole is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GUARDIAN_LIVES_MAX } from '../../../src/core/limits.ts';
import {
  blankJournal,
  decodeRecord,
  encodeRecord,
  FREE,
  formatLine,
  type InFlight,
  LINE_BYTES,
  type LifeState,
  lineOffset,
  parseLine,
  RECORD_BYTES,
  recordOffset,
} from '../../../src/guardian/journal-format.ts';

const id = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }));
const inFlight: fc.Arbitrary<InFlight> = fc.record(
  {
    requestId: id,
    invocationId: fc.option(id, { nil: undefined }),
    deadlineEpochMs: fc.option(fc.integer({ min: 1, max: 9_000_000_000_000 }), { nil: undefined }),
  },
  { noNullPrototype: true },
);
const state = fc.constantFrom<LifeState>('starting', 'polled', 'serving', 'ended', 'restart');
const detail = fc.integer({ min: 0, max: 255 });
const life = fc.record({ state, detail }, { noNullPrototype: true });
const number = fc.integer({ min: 0, max: GUARDIAN_LIVES_MAX - 1 });

/** A record as it lies in the file: what a write put there is over what was there before. */
function written(before: Buffer, one: InFlight): Buffer {
  const scratch = Buffer.alloc(RECORD_BYTES);
  const length = encodeRecord(scratch, one);
  return Buffer.concat([scratch.subarray(0, length), before.subarray(length)]);
}

test('what is in flight is read as it was written, whatever was there before', () => {
  fc.assert(
    fc.property(inFlight, inFlight, (first, second) => {
      const record = written(written(Buffer.alloc(RECORD_BYTES), first), second);
      assert.deepEqual(decodeRecord(record), second);
    }),
  );
});

test('a record that was freed is free, whatever was there before', () => {
  fc.assert(
    fc.property(inFlight, (one) => {
      const record = written(Buffer.alloc(RECORD_BYTES), one);
      record.set(FREE);
      assert.equal(decodeRecord(record), 'free');
    }),
  );
  assert.equal(decodeRecord(Buffer.alloc(RECORD_BYTES)), 'free');
});

test('a write that was cut anywhere gives the old record, the new one, or none', () => {
  const before = fc.oneof(inFlight, fc.constant(undefined));
  fc.assert(
    fc.property(before, inFlight, fc.nat(RECORD_BYTES), (old, one, cut) => {
      const blank = Buffer.alloc(RECORD_BYTES);
      const from = old === undefined ? blank : written(blank, old);
      const whole = written(from, one);
      const torn = Buffer.concat([whole.subarray(0, cut), from.subarray(cut)]);
      const read = decodeRecord(torn);
      if (typeof read === 'string') return;
      assert.ok(
        [old, one].some((known) => isSame(known, read)),
        JSON.stringify(read),
      );
    }),
    { numRuns: 2000 },
  );
});

test('a file that was cut short has no more than what is whole in it', () => {
  fc.assert(
    fc.property(inFlight, fc.nat(RECORD_BYTES - 1), (one, length) => {
      const whole = written(Buffer.alloc(RECORD_BYTES), one);
      const read = decodeRecord(whole.subarray(0, length));
      if (typeof read !== 'string') assert.deepEqual(read, one);
    }),
  );
});

test('garbage is no record, and no error', () => {
  const bytes = fc.uint8Array({ maxLength: RECORD_BYTES });
  fc.assert(
    fc.property(bytes, (garbage) => {
      assert.ok(['free', 'damaged'].includes(String(decodeRecord(Buffer.from(garbage)))));
    }),
  );
});

test('one changed byte is noticed', () => {
  fc.assert(
    fc.property(
      inFlight,
      fc.nat(RECORD_BYTES - 1),
      fc.integer({ min: 1, max: 255 }),
      (one, at, by) => {
        const scratch = Buffer.alloc(RECORD_BYTES);
        const length = encodeRecord(scratch, one);
        const place = at % length;
        scratch[place] = (scratch[place] ?? 0) ^ by;
        assert.equal(typeof decodeRecord(scratch), 'string');
      },
    ),
  );
});

test('ids that are too long leave the record free, and the next one readable', () => {
  const long = { requestId: 'x'.repeat(RECORD_BYTES), invocationId: 'y', deadlineEpochMs: 1 };
  const short = { requestId: 'r', invocationId: undefined, deadlineEpochMs: undefined };
  const record = Buffer.alloc(RECORD_BYTES);
  assert.equal(encodeRecord(record, long), FREE.length);
  assert.equal(decodeRecord(record), 'free');
  assert.deepEqual(decodeRecord(written(record, short)), short);
  const longest = { ...short, requestId: 'é'.repeat((RECORD_BYTES - 20) / 2) };
  assert.deepEqual(decodeRecord(written(record, longest)), longest);
});

test('a line is read as it was written, has its length, and is what a shell reads', () => {
  fc.assert(
    fc.property(number, life, (line, one) => {
      const bytes = formatLine(line, one);
      assert.equal(bytes.length, LINE_BYTES);
      assert.deepEqual(parseLine(line, bytes), one);
      assert.deepEqual(bytes.toString().trim().split(/ +/), [
        'bulkhead',
        String(line),
        one.state,
        String(one.detail),
      ]);
      assert.equal(parseLine(line + 1, bytes), undefined, 'it is the line of another life');
    }),
  );
});

test('a line that was cut, or was never one, is none', () => {
  fc.assert(
    fc.property(number, life, fc.nat(LINE_BYTES - 1), (line, one, cut) => {
      assert.equal(parseLine(line, formatLine(line, one).subarray(0, cut)), undefined);
    }),
  );
  fc.assert(
    fc.property(number, fc.uint8Array({ maxLength: LINE_BYTES }), (line, garbage) => {
      assert.equal(parseLine(line, garbage), undefined);
    }),
  );
});

test('a new journal has blank lines and free records, and no two places overlap', () => {
  const bytes = blankJournal(3);
  const lines = bytes.subarray(0, recordOffset(0)).toString().split('\n').slice(0, -1);
  assert.equal(lines.length, GUARDIAN_LIVES_MAX);
  assert.ok(lines.every((line) => line.trim() === ''));
  assert.equal(lineOffset(GUARDIAN_LIVES_MAX), recordOffset(0));
  assert.equal(bytes.length, recordOffset(3));
  for (const lane of [0, 1, 2]) {
    const record = bytes.subarray(recordOffset(lane), recordOffset(lane + 1));
    assert.equal(record.length, RECORD_BYTES);
    assert.equal(decodeRecord(record), 'free');
    // In one page: no write is cut by a page's end.
    assert.equal(recordOffset(lane) % RECORD_BYTES, 0);
  }
});

function isSame(one: InFlight | undefined, other: InFlight): boolean {
  try {
    assert.deepEqual(other, one);
    return true;
  } catch {
    return false;
  }
}
