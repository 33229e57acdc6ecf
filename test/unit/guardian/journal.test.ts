// The journal on a real file: what the guardian reads in it, and what the next process does.
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readlinkSync,
  writeSync,
} from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { Journal } from '../../../src/guardian/journal.ts';
import { recordOffset } from '../../../src/guardian/journal-format.ts';
import { GuardianFile, invocation } from './journal-file.ts';

function isOpenOn(fd: number, path: string): boolean {
  try {
    return readlinkSync(`/dev/fd/${fd}`).startsWith(path);
  } catch {
    // The descriptor that the list itself was read from.
    return false;
  }
}

function inFlight(requestId: string, invocationId?: string): object {
  return { requestId, invocationId, deadlineEpochMs: 1234 };
}

test('the first process takes the name of the file away and leaves nothing in flight', (t) => {
  const file = new GuardianFile(t);
  const { past } = file.open(0);
  assert.equal(existsSync(file.path), false);
  const nothing = {
    inFlight: [],
    damagedCount: 0,
    hasPolled: false,
    isRestored: false,
    isWanted: false,
  };
  assert.deepEqual(past, nothing);
  assert.deepEqual(file.open(1, 137).past, nothing, 'it had not come to its first poll');
});

test('the line of a life says how far it came', (context) => {
  const file = new GuardianFile(context);
  const journal = file.open(0);
  const lines = [file.line(0)];
  journal.polled();
  lines.push(file.line(0));
  journal.begin(0, invocation('r-1'));
  lines.push(file.line(0));
  journal.polled();
  journal.end(0, { requestId: 'r-1', invocationId: undefined });
  lines.push(file.line(0));
  journal.begin(0, invocation('r-2'));
  journal.wantRestart();
  lines.push(file.line(0));
  journal.ended(3);
  lines.push(file.line(0));
  assert.deepEqual(lines, [
    'bulkhead 0    starting 0',
    'bulkhead 0    polled   0',
    'bulkhead 0    serving  0',
    'bulkhead 0    serving  1',
    'bulkhead 0    restart  1',
    'bulkhead 0    ended    3',
  ]);
  const next = file.open(1, 139);
  assert.equal(file.line(0), lines.at(-1), 'the line of another life is left alone');
  next.ended(0);
  assert.equal(file.line(1), 'bulkhead 1    ended    0');
});

test('what was in flight in two lanes is what the next process finds', async (context) => {
  const file = new GuardianFile(context);
  const journal = file.open(0, undefined, 2);
  journal.begin(0, invocation('r-1'));
  journal.begin(1, invocation('r-2', { invocationId: 'i-2' }));
  assert.deepEqual(file.open(1, 139, 2).past.inFlight, [inFlight('r-1'), inFlight('r-2', 'i-2')]);
  journal.end(0, { requestId: 'r-1', invocationId: undefined });
  await file.settle();
  assert.deepEqual(file.open(1, 139, 2).past.inFlight, [inFlight('r-2', 'i-2')]);
});

test('the receipt of an answer does not free the record of the event behind it', async (t) => {
  const file = new GuardianFile(t);
  const journal = file.open(0);
  const first = invocation('r-1', { invocationId: 'i-1' });
  const again = invocation('r-1', { invocationId: 'i-2' });
  journal.begin(0, first);
  journal.begin(0, again);
  journal.end(0, first);
  await file.settle();
  assert.deepEqual(file.open(1, 139).past.inFlight, [inFlight('r-1', 'i-2')]);
  journal.end(0, again);
  await file.settle();
  assert.deepEqual(file.open(1, 139).past.inFlight, []);
});

test('an answered event stays named for a moment, and no longer, also by a busy lane', async (t) => {
  const file = new GuardianFile(t);
  const journal = file.open(0);
  journal.begin(0, invocation('r-1'));
  journal.end(0, invocation('r-1'));
  assert.deepEqual(file.open(1, 139).past.inFlight, [inFlight('r-1')]);
  await file.settle();
  assert.deepEqual(file.open(1, 139).past.inFlight, []);
  for (const requestId of ['r-2', 'r-3', 'r-4']) {
    journal.begin(0, invocation(requestId));
    journal.end(0, invocation(requestId));
  }
  journal.begin(0, invocation('r-5'));
  await file.settle();
  assert.deepEqual(file.open(1, 139).past.inFlight, [inFlight('r-5')]);
});

test('what is settled is forgotten, what has begun since is not', (context) => {
  const file = new GuardianFile(context);
  const dead = file.open(0, undefined, 2);
  dead.begin(0, invocation('r-1'));
  dead.begin(1, invocation('r-2'));
  const next = file.open(1, 139, 2);
  next.begin(1, invocation('r-3'));
  next.forgetPast();
  assert.deepEqual(file.open(2, 139, 2).past.inFlight, [inFlight('r-3')]);
});

test('a process knows whether the platform has seen a poll, and whether it was asked for', (t) => {
  const file = new GuardianFile(t);
  const first = file.open(0);
  assert.equal(file.open(1, 139).past.hasPolled, false);
  first.polled();
  assert.equal(file.open(1, 139).past.hasPolled, true);
  first.wantRestart();
  const second = file.open(1, 137);
  assert.equal(second.past.isWanted, true);
  const third = file.open(2, 137);
  assert.equal(third.past.isWanted, false, 'the last one counts');
  assert.equal(third.past.hasPolled, true, 'any of them counts');
});

test('a process knows whether the environment has been restored, also without a poll', (context) => {
  const file = new GuardianFile(context);
  const first = file.open(0);
  first.restored();
  assert.equal(file.line(0), 'bulkhead 0    restored 0');
  const { past } = file.open(1, 139);
  assert.deepEqual([past.isRestored, past.hasPolled], [true, false]);
  first.polled();
  assert.equal(file.line(0), 'bulkhead 0    polled   0');
  const later = file.open(2, 139).past;
  assert.deepEqual([later.isRestored, later.hasPolled], [true, true]);
});

test('whatever a handler writes over the file, it is read without an error', (context) => {
  const file = new GuardianFile(context);
  const property = fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 600 }),
    fc.nat(recordOffset(2)),
    fc.option(fc.nat(recordOffset(2)), { nil: undefined }),
    (garbage, position, length) => {
      ftruncateSync(file.fd, 0);
      const dead = file.open(0, undefined, 2);
      dead.begin(0, invocation('r-1'));
      dead.begin(1, invocation('r-2'));
      writeSync(file.fd, garbage, 0, garbage.length, position);
      if (length !== undefined) ftruncateSync(file.fd, length);
      const { past } = file.open(1, 139, 2);
      const known = ['r-1', 'r-2'];
      for (const { requestId } of past.inFlight) assert.ok(known.includes(requestId), requestId);
      if (length === undefined) assert.ok(past.inFlight.length + past.damagedCount <= 2);
    },
  );
  fc.assert(property, { numRuns: 150 });
});

test('a descriptor that is no file is refused', (context) => {
  const file = new GuardianFile(context);
  const { fd, path } = file;
  const free = openSync(path, 'r');
  closeSync(free);
  for (const wrong of [free, 0x3ff]) {
    const address = { fd: wrong, line: 0, status: undefined, path };
    const options = { laneCount: 1, clock: file.clock, onFailure: () => {} };
    assert.throws(() => new Journal(address, options), { errorType: 'Runtime.InvalidSetting' });
  }
  assert.ok(fstatSync(fd).isFile());
});

test('a journal that cannot be written any more is told of once, and harms nobody', (context) => {
  const file = new GuardianFile(context);
  const failures: Error[] = [];
  const address = file.address(0, undefined);
  const onFailure = (error: Error): void => void failures.push(error);
  const journal = new Journal(address, { laneCount: 1, clock: file.clock, onFailure });
  // A handler that closes whatever is open; the guardian's own is in another process.
  for (const fd of readdirSync('/dev/fd').map(Number)) {
    if (fd !== file.fd && isOpenOn(fd, file.path)) closeSync(fd);
  }
  journal.begin(0, invocation('r-1'));
  journal.end(0, { requestId: 'r-1', invocationId: undefined });
  journal.ended(0);
  assert.deepEqual(
    failures.map((error) => (error as NodeJS.ErrnoException).code),
    ['EBADF'],
  );
  assert.equal(file.line(0), 'bulkhead 0    starting 0', 'for the guardian it is an accident');
});
