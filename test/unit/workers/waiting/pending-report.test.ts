import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import type { RawFrame } from '../../../../src/core/captured-stack.ts';
import { SUSPENDED_TYPE } from '../../../../src/core/evidence.ts';
import type { PendingResource } from '../../../../src/core/thread-protocol.ts';
import { pendingReport } from '../../../../workers/waiting/pending-report.ts';
import { lineOf, startSilentServer, startStuck, WAYS_FILE } from '../../evidence/stuck-thread.ts';

/** Enough for a busy machine; the search ends with what it looks for. */
const SEARCH_MS = 3000;

const NODE = Number(process.versions.node.split('.')[0]);
const WAYS: readonly string[] = [
  ...['timer', 'timerOfNode', 'emitter', 'request', 'wrapped', 'fetch', 'undici'],
  ...['connecting', 'socket', 'iterator', 'queue', 'program', 'exec', 'thread'],
];

for (const way of WAYS) {
  const skip = way === 'iterator' && NODE >= 26 && 'its streams keep who reads to themselves';
  test(`the place of an await is found: ${way}`, { skip }, async (context) => {
    const port = await startSilentServer(context);
    const thread = await startStuck(context, way, { port });

    await context.waitFor(
      async () => {
        const frames = chainsOf(await thread.askPending(SEARCH_MS)).flat();
        const found = frames.find(({ name }) => name === way);
        assert.ok(found !== undefined, JSON.stringify(frames));
        assert.equal(found.line, lineOf(WAYS_FILE, way));
      },
      { timeout: 20_000 },
    );
  });
}

test('the frames go from the innermost outwards, each with its place', async (context) => {
  const port = await startSilentServer(context);
  const thread = await startStuck(context, 'all', { port });

  const [chain = []] = chainsOf(await thread.askPending(SEARCH_MS));

  const texts = chain.map(({ text }) => text.replace(/ \((?!index).*/, ''));
  assert.match(texts[0] ?? '', /^async Object\.(timer|fetch)$/);
  assert.match(texts[1] ?? '', /^async Promise\.all \(index [01]\)$/);
  assert.equal(texts[2], 'async Object.all');
  for (const frame of chain) assert.equal(frame.isAsync, true);
});

test('nothing is settled, called or run by the search', async (context) => {
  const seen: string[] = [];
  const trap = new Proxy(
    {},
    {
      getOwnPropertyDescriptor() {
        seen.push('trap');
        return undefined;
      },
    },
  );
  const data = {
    trap,
    get touched() {
      seen.push('getter');
      return 1;
    },
  };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(String(data)), 60_000);
  context.after(() => clearTimeout(timer));
  const settled = promise.then(
    (value) => seen.push(value),
    (error) => seen.push(String(error)),
  );
  const waiting = (async () => await promise)();

  for (let time = 0; time < 3; time += 1) await pendingReport(0, SEARCH_MS);
  await wait(1);

  assert.deepEqual(seen, []);
  resolve('value');
  assert.equal(await waiting, 'value');
  await settled;
  assert.deepEqual(seen, ['value']);
  reject(new Error('too late'));
});

test('resources are counted by type, and timers have their durations', async (context) => {
  const before = countOf(await pendingReport(0), 'Timeout');
  const timers = [setTimeout(() => {}, 71_000), setInterval(() => {}, 72_000)];
  timers.push(setTimeout(() => {}, 73_000).unref());
  context.after(() => timers.forEach(clearTimeout));

  const resources = await pendingReport(0);

  assert.equal(countOf(resources, 'Timeout'), before + 2);
  const { details = [] } = resources.find(({ type }) => type === 'Timeout') ?? {};
  for (const text of ['71000 ms', 'every 72000 ms']) {
    assert.ok(
      details.some((detail) => detail.startsWith(text)),
      details.join(),
    );
  }
  assert.doesNotMatch(details.join(), /73000/);
});

test('a timer that nobody awaits is told with the place of its callback', async (context) => {
  const thread = await startStuck(context, 'callback');

  const resources = await thread.askPending(SEARCH_MS);

  const line = lineOf(WAYS_FILE, 'callback');
  const { details } = resources.find(({ type }) => type === 'Timeout') ?? { details: [] };
  const place = `30000 ms, with the callback at file://${WAYS_FILE}:${line}:`;
  assert.ok(details[0]?.startsWith(place), details.join());
});

test("the runtime's own ports are not told", async (context) => {
  const before = countOf(await pendingReport(0), 'MessagePort');
  const { port1, port2 } = new MessageChannel();
  for (const port of [port1, port2]) port.on('message', () => {});
  context.after(() => port1.close());

  assert.equal(countOf(await pendingReport(0), 'MessagePort'), before + 2);
  assert.equal(countOf(await pendingReport(before + 1), 'MessagePort'), 1);
  assert.equal(countOf(await pendingReport(before + 2), 'MessagePort'), 0);
});

test('a program that has damaged what it takes still gets its counts', async (context) => {
  const timer = setTimeout(() => {}, 74_000);
  const { then } = Promise.prototype;
  const { getOwnPropertyDescriptor } = Object;
  const { Error: Original } = globalThis;
  const restore = (): void => {
    // biome-ignore lint/suspicious/noThenProperty: that is the damage
    Promise.prototype.then = then;
    Object.getOwnPropertyDescriptor = getOwnPropertyDescriptor;
    globalThis.Error = Original;
  };
  context.after(() => clearTimeout(timer));
  const fail = (): never => {
    throw new Original('damaged');
  };
  // biome-ignore lint/suspicious/noThenProperty: as above
  Promise.prototype.then = fail;
  Object.getOwnPropertyDescriptor = fail;
  globalThis.Error = fail as unknown as ErrorConstructor;

  let resources: readonly PendingResource[];
  try {
    resources = await pendingReport(0);
  } finally {
    restore();
  }

  assert.ok(countOf(resources, 'Timeout') >= 1);
});

function chainsOf(resources: readonly PendingResource[]): readonly (readonly RawFrame[])[] {
  return resources
    .filter(({ type }) => type === SUSPENDED_TYPE)
    .map(({ details }) => details.map((detail) => JSON.parse(detail) as RawFrame));
}

function countOf(resources: readonly PendingResource[], wanted: string): number {
  return resources.find(({ type }) => type === wanted)?.count ?? 0;
}
