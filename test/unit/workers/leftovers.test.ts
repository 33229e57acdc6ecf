import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { LEFTOVER_SETTLE_MS } from '../../../src/core/limits.ts';
import { Leftovers } from '../../../workers/leftovers.ts';

const pause = (ms: number): Promise<void> => wait(ms, undefined, { ref: false });

/** The tests of this file share one list of pending resources: they run one after the other. */
function watchLeftovers(t: TestContext) {
  // What a test itself waits for must not be among what is counted.
  leaveTimers(t, 1);
  const told = new EventEmitter();
  const lines: string[] = [];
  const leftovers = new Leftovers(({ requestId }, text) => {
    lines.push(`${requestId}: ${text}`);
    told.emit('line');
  });
  return {
    lines,
    nextLine: () => once(told, 'line', { signal: AbortSignal.timeout(5000) }),
    invoke(requestId: string, work: () => void = () => {}) {
      leftovers.begin();
      work();
      leftovers.end({ requestId, tenantId: undefined });
    },
    begin: () => leftovers.begin(),
  };
}

/** Timers that live until the test ends. */
function leaveTimers(t: TestContext, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const timer = setInterval(() => {}, 60_000);
    t.after(() => clearInterval(timer));
  }
}

async function leaveSocket(t: TestContext, port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
}

async function startServer(t: TestContext): Promise<number> {
  const server = createServer((peer) =>
    peer
      .resume()
      .unref()
      .on('error', () => {}),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  t.after(() => server.close());
  return (server.address() as { readonly port: number }).port;
}

/** Longer than it takes to tell: the test is that nothing is told. */
const settle = (): Promise<void> => pause(2 * LEFTOVER_SETTLE_MS);

test('what is left after the answer is told once, by type, with the invocation’s id', async (t) => {
  const port = await startServer(t);
  const { invoke, lines, nextLine, begin } = watchLeftovers(t);
  begin();
  await leaveSocket(t, port);
  invoke('r-1', () => leaveTimers(t, 2));
  await nextLine();
  invoke('r-2');
  await settle();
  assert.deepEqual(lines, [
    'r-1: 1 TCPSocketWrap and 2 Timeout are still pending after the answer; ' +
      'their work goes on in later invocations',
  ]);
});

test('a single one is told as one', async (t) => {
  const { invoke, lines, nextLine } = watchLeftovers(t);
  invoke('r-1', () => leaveTimers(t, 1));
  await nextLine();
  assert.deepEqual(lines, [
    'r-1: 1 Timeout is still pending after the answer; its work goes on in later invocations',
  ]);
});

test('what was there before the first event is nobody’s, and is not counted', async (t) => {
  leaveTimers(t, 3);
  const { invoke, lines, nextLine } = watchLeftovers(t);
  invoke('r-1');
  await settle();
  assert.deepEqual(lines, []);
  invoke('r-2', () => leaveTimers(t, 2));
  await nextLine();
  assert.match(lines[0] ?? '', /^r-2: 2 Timeout are/);
});

test('a leak is told each time it has grown, with all that there is', async (t) => {
  const { invoke, lines, nextLine } = watchLeftovers(t);
  for (const requestId of ['r-1', 'r-2', 'r-3']) {
    invoke(requestId, () => leaveTimers(t, 1));
    await nextLine();
  }
  assert.deepEqual(
    lines.map((line) => line.split(' ').slice(0, 3).join(' ')),
    ['r-1: 1 Timeout', 'r-2: 2 Timeout', 'r-3: 3 Timeout'],
  );
});

test('work that ends soon after the answer is not told', async (t) => {
  const port = await startServer(t);
  const { invoke, lines } = watchLeftovers(t);
  invoke('r-1', () => setTimeout(() => {}, LEFTOVER_SETTLE_MS / 4));
  await settle();
  invoke('r-2', () => connect(port, '127.0.0.1').end('bye'));
  await settle();
  assert.deepEqual(lines, []);
});

test('work that has ended when the next event comes is forgotten, however soon that is', async (t) => {
  const { invoke, lines, nextLine } = watchLeftovers(t);
  let own: NodeJS.Timeout | undefined;
  invoke('r-1', () => {
    own = setInterval(() => {}, 60_000);
  });
  await turn();
  clearInterval(own);
  invoke('r-2', () => leaveTimers(t, 2));
  await nextLine();
  assert.match(lines[0] ?? '', /^r-2: /);
});

test('under load it is told at a later answer, still with the id it belongs to', async (t) => {
  const { invoke, lines } = watchLeftovers(t);
  invoke('r-0', () => leaveTimers(t, 1));
  for (let run = 1; lines.length === 0 && run < 1000; run += 1) {
    await pause(2);
    invoke(`r-${run}`);
  }
  await turn();
  assert.match(lines[0] ?? '', /^r-0: 1 Timeout is/);
});

test('while an invocation runs nothing is told: what is pending may be its own', async (t) => {
  const { begin, invoke, lines } = watchLeftovers(t);
  invoke('r-1', () => leaveTimers(t, 1));
  await turn();
  begin();
  await settle();
  assert.deepEqual(lines, []);
});
