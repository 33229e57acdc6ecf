import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { ControlMessage, RelayedSignal } from '../../../src/core/thread-protocol.ts';
import { type Listener, SignalRelay, type SignalSource } from '../../../src/pool/signal-relay.ts';

class Source extends EventEmitter {
  readonly killed: string[] = [];
  kill(_pid: number, signal: string): void {
    this.killed.push(signal);
  }
}

class FakeWorker implements Listener {
  isRunning = false;
  isToldToEnd = false;
  readonly listensFor = new Set<RelayedSignal>();
  readonly messages: ControlMessage[] = [];
  readonly retired: string[] = [];
  readonly thread = { tell: (message: ControlMessage) => void this.messages.push(message) };
  retire(_detail: string | undefined, cause: string): void {
    this.retired.push(cause);
  }
}

function relay(...workers: FakeWorker[]) {
  const source = new Source();
  const alive = new Set(workers);
  const signals = new SignalRelay({
    workers: () => alive,
    settled: () => new Promise(() => {}),
    source: source as unknown as SignalSource,
  });
  return { source, signals, alive };
}

const TERM = { name: 'SIGTERM', number: 15 } as const;
const USR2 = { name: 'SIGUSR2', number: 12 } as const;

test('the process listens once a worker does, and hands the signal to who listens', () => {
  const [one, other] = [new FakeWorker(), new FakeWorker()];
  const { source, signals } = relay(one, other);
  assert.equal(source.listenerCount('SIGUSR2'), 0);
  signals.onReply(one, { kind: 'listens', signal: 'SIGUSR2' });
  signals.onReply(one, { kind: 'listens', signal: 'SIGUSR2' });
  source.emit('SIGUSR2', 'SIGUSR2', 12);
  assert.deepEqual(one.messages, [{ kind: 'signal', signal: USR2 }]);
  assert.deepEqual(other.messages, []);
});

test('a signal that the last listener did not hear is left to the system', () => {
  const [one, other] = [new FakeWorker(), new FakeWorker()];
  const { source, signals } = relay(one, other);
  for (const worker of [one, other]) {
    signals.onReply(worker, { kind: 'listens', signal: 'SIGUSR2' });
  }
  signals.onReply(one, { kind: 'deaf', signal: 'SIGUSR2' });
  assert.deepEqual(source.killed, []);
  signals.onReply(other, { kind: 'deaf', signal: 'SIGUSR2' });
  assert.deepEqual(source.killed, ['SIGUSR2']);
  assert.equal(source.listenerCount('SIGUSR2'), 0);
});

test('so is one whose listeners are gone with their workers', () => {
  const one = new FakeWorker();
  const { source, signals, alive } = relay(one);
  signals.onReply(one, { kind: 'listens', signal: 'SIGHUP' });
  alive.clear();
  source.emit('SIGHUP', 'SIGHUP', 1);
  assert.deepEqual(source.killed, ['SIGHUP']);
});

test('the signals that end the service are not heard for the workers’ sake', () => {
  const one = new FakeWorker();
  const { source, signals } = relay(one);
  signals.onReply(one, { kind: 'listens', signal: 'SIGTERM' });
  assert.equal(source.listenerCount('SIGTERM'), 0);
  signals.onReply(one, { kind: 'deaf', signal: 'SIGTERM' });
  assert.deepEqual(source.killed, []);
});

test('the end of the service is told to all, its signal to who listens', async () => {
  const [listening, other] = [new FakeWorker(), new FakeWorker()];
  const { signals } = relay(listening, other);
  signals.onReply(listening, { kind: 'listens', signal: 'SIGTERM' });
  assert.equal(signals.isEnding, false);
  signals.announceShutdown(TERM);
  assert.equal(signals.isEnding, true);
  assert.deepEqual(listening.messages, [{ kind: 'shutdown' }, { kind: 'signal', signal: TERM }]);
  assert.deepEqual(other.messages, [{ kind: 'shutdown' }]);
  assert.deepEqual([listening.isToldToEnd, other.isToldToEnd], [true, false]);

  await signals.windDown(Promise.resolve());
  assert.deepEqual([listening.retired, other.retired], [['drain'], []]);
});

test('a busy worker is not asked to leave', async () => {
  const one = new FakeWorker();
  one.isRunning = true;
  const { signals } = relay(one);
  signals.onReply(one, { kind: 'listens', signal: 'SIGTERM' });
  signals.announceShutdown(TERM);
  await signals.windDown(Promise.resolve());
  assert.deepEqual(one.retired, []);
});

test('when nobody listens, nothing is waited for', async () => {
  const one = new FakeWorker();
  const { signals } = relay(one);
  signals.announceShutdown(TERM);
  await signals.windDown(new Promise(() => {}));
  assert.deepEqual(one.retired, []);
});
