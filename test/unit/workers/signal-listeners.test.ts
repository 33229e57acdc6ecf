import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { SignalListeners } from '../../../workers/signal-listeners.ts';

function watch() {
  const target = new EventEmitter();
  const told: string[] = [];
  return { target, told, tell: (signal: string) => void told.push(signal) };
}

test('listeners of before and of later are told, each signal once', () => {
  const { target, told, tell } = watch();
  target.on('SIGUSR2', () => {});
  const signals = new SignalListeners(target);
  target.on('SIGTERM', () => {});
  assert.deepEqual(told, []);
  signals.connect(tell);
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGHUP', 'SIGKILL', 'message', Symbol('SIGINT')]) {
    target.on(name, () => {});
  }
  assert.deepEqual(told, ['SIGUSR2', 'SIGTERM', 'SIGHUP']);
});

test('a listener gets the name and the number', () => {
  const { target } = watch();
  const signals = new SignalListeners(target);
  const heard: unknown[] = [];
  target.once('SIGTERM', (...args) => heard.push(...args));
  assert.equal(signals.deliver({ name: 'SIGTERM', number: 15 }), true);
  assert.deepEqual(heard, ['SIGTERM', 15]);
});

test('a signal that finds no listener any more says so, and is told anew', () => {
  const { target, told, tell } = watch();
  const signals = new SignalListeners(target);
  signals.connect(tell);
  target.once('SIGHUP', () => {});
  const signal = { name: 'SIGHUP', number: 1 } as const;
  assert.deepEqual([signals.deliver(signal), signals.deliver(signal)], [true, false]);
  target.once('SIGHUP', () => {});
  assert.deepEqual(told, ['SIGHUP', 'SIGHUP']);
});

test('who patches emit sees the signal, as in any process', () => {
  const { target } = watch();
  const signals = new SignalListeners(target);
  target.on('SIGTERM', () => {});
  const seen: unknown[] = [];
  target.emit = (name) => {
    seen.push(name);
    return false;
  };
  assert.equal(signals.deliver({ name: 'SIGTERM', number: 15 }), true);
  assert.deepEqual(seen, ['SIGTERM']);
});
