import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listeners } from '../../../src/core/listeners.ts';

test('each is told each time, and whoever has stopped listening is not', () => {
  const listeners = new Listeners();
  const told: string[] = [];
  const stops = ['a', 'b', 'c', 'd'].map((name) => listeners.add(() => told.push(name)));
  listeners.tell();
  assert.deepEqual(told.splice(0).sort(), ['a', 'b', 'c', 'd']);
  // The last one takes the place of one that goes, and has to be found there.
  stops[0]?.();
  stops[3]?.();
  listeners.tell();
  assert.deepEqual(told.splice(0).sort(), ['b', 'c']);
});

test('to stop listening twice stops nobody else', () => {
  const listeners = new Listeners();
  let told = 0;
  const stop = listeners.add(() => {});
  listeners.add(() => {
    told += 1;
  });
  stop();
  stop();
  listeners.tell();
  assert.equal(told, 1);
});

test('who comes while all are told is told the next time, who goes misses nobody else', () => {
  const listeners = new Listeners();
  const told: string[] = [];
  const stop = listeners.add(() => {
    told.push('goes');
    stop();
    listeners.add(() => told.push('comes'));
  });
  listeners.add(() => told.push('stays'));
  listeners.tell();
  assert.deepEqual(told.splice(0), ['goes', 'stays']);
  listeners.tell();
  assert.deepEqual(told.sort(), ['comes', 'stays']);
});
