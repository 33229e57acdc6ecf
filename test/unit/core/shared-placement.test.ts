import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chooseShared,
  missingShared,
  roomIn,
  type SharedPlace,
} from '../../../src/core/shared-placement.ts';

type Named = SharedPlace & { readonly name: string };

function place(name: string, load: number, changes: Partial<SharedPlace> = {}): Named {
  return { name, load, isUsable: true, isLate: false, ...changes };
}

const LATE = { isLate: true };
const UNUSABLE = { isUsable: false };

const EVERYBODY = Number.POSITIVE_INFINITY;

type Row = readonly [what: string, places: readonly Named[], room: number, chosen?: string];

const ROWS: readonly Row[] = [
  ['nobody is there', [], 4],
  ['the one with the fewest', [place('a', 2), place('b', 1), place('c', 2)], 4, 'b'],
  ['of equals the one that has been there longest', [place('a', 1), place('b', 1)], 4, 'a'],
  ['no one that takes nothing new', [place('a', 0, UNUSABLE), place('b', 3)], 4, 'b'],
  ['nobody takes anything', [place('a', 0, UNUSABLE)], 4],
  ['one that turns, however many it has', [place('a', 0, LATE), place('b', 3)], 4, 'b'],
  ['so it is in the other order', [place('b', 3), place('a', 0, LATE)], 4, 'b'],
  ['of late ones the one with the fewest', [place('a', 2, LATE), place('b', 1, LATE)], 4, 'b'],
  ['one more than there is room, while a thread is missing', [place('a', 4)], 4, 'a'],
  ['never a second one where each takes one', [place('a', 1)], 1],
  ['a free one where each takes one', [place('a', 1), place('b', 0, LATE)], 1, 'b'],
];

for (const [what, places, room, chosen] of ROWS) {
  test(`who gets an event: ${what}`, () => {
    assert.equal(chooseShared(places, { room, width: EVERYBODY })?.name, chosen);
  });
}

const HERE = place('here', 0);

const MOVES: readonly Row[] = [
  ['there is nobody else', [HERE], 4],
  ['another, although it has more', [HERE, place('a', 3)], 4, 'a'],
  ['no other that is full', [HERE, place('a', 4)], 4],
  ['no other that does not turn', [HERE, place('a', 0, LATE)], 4],
  ['no other that takes nothing new', [HERE, place('a', 0, UNUSABLE)], 4],
  ['the free one of those that take one', [HERE, place('a', 1), place('b', 0)], 1, 'b'],
];

for (const [what, places, room, chosen] of MOVES) {
  test(`who gets an event that another one lets lie: ${what}`, () => {
    assert.equal(chooseShared(places, { room, width: EVERYBODY, beside: HERE })?.name, chosen);
  });
}

test('events are spread over so many threads, while those have room and turn', () => {
  const choose = (places: readonly Named[], width: number): string | undefined =>
    chooseShared(places, { room: 4, width })?.name;
  assert.equal(choose([place('a', 2), place('b', 1), place('c', 0)], 2), 'b');
  assert.equal(choose([place('a', 2), place('b', 1), place('c', 0)], 3), 'c');
  assert.equal(choose([place('a', 4), place('b', 4), place('c', 0)], 2), 'c', 'the two are full');
  assert.equal(choose([place('a', 1, LATE), place('b', 1, LATE), place('c', 3)], 2), 'c');
  assert.equal(choose([place('a', 9, UNUSABLE), place('b', 2), place('c', 1)], 1), 'b');
  const [here, other, free] = [place('here', 0), place('a', 1), place('b', 0)];
  assert.equal(chooseShared([here, other, free], { room: 4, width: 2, beside: here })?.name, 'a');
});

test('there is room in those that take something new, whatever they have', () => {
  assert.equal(roomIn([], 3), 0);
  assert.equal(roomIn([place('a', 5), place('b', 0, LATE), place('c', 0, UNUSABLE)], 3), 6);
});

for (const [what, threads, missing] of [
  ['all of them at the beginning', [4, 0, 0, 0], 4],
  ['none', [4, 4, 0, 0], 0],
  ['those that leave, beside them', [4, 4, 2, 0], 2],
  ['no more than twice as many as wanted', [4, 6, 4, 1], 1],
  ['nobody beyond that', [4, 7, 4, 1], 0],
  ['nobody before those that end are gone', [2, 0, 0, 4], 0],
  ['one as soon as one of them is', [2, 0, 0, 3], 1],
] as const) {
  test(`threads to be started: ${what}`, () => {
    const [wanted, there, leaving, ending] = threads;
    assert.equal(missingShared({ wanted, there, leaving, ending }), missing);
  });
}
