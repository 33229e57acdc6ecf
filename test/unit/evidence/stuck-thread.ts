// A thread that is stuck in one of the ways of test/fixtures/stuck, and a witness of it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { ControlReply, PendingResource } from '../../../src/core/thread-protocol.ts';
import { Witness } from '../../../src/evidence/witness.ts';
import { PATIENTLY } from '../../support/until.ts';

const FOLDER = new URL('../../fixtures/stuck/', import.meta.url);
const RUNTIME = new URL('../../../workers', import.meta.url).href;
export const WAYS_FILE: string = fileURLToPath(new URL('ways.mjs', FOLDER));

export type StuckThread = {
  readonly worker: Worker;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number>;
  /** Ends `work`, and the loop of `loopThenNative`. */
  readonly letGo: () => void;
  readonly askPending: (
    searchMs?: number,
    onEarly?: (resources: readonly PendingResource[]) => void,
  ) => Promise<readonly PendingResource[]>;
  readonly childrenSinceEpochMs: number;
};

const SYNCHRONOUS: ReadonlySet<string> = new Set(
  [
    'loop regex recursion json hash atomics microtasks ticks native child loopThenNative work',
    'unreadable',
  ].flatMap((names) => names.split(' ')),
);

/** Resolves once the thread is in it; for a way that only waits, at once. */
export async function startStuck(
  context: TestContext,
  way: string,
  options: unknown = {},
): Promise<StuckThread> {
  const childrenSinceEpochMs = Date.now();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const { port1: control, port2 } = new MessageChannel();
  const worker = new Worker(new URL('thread.mjs', FOLDER), {
    workerData: { way, options, control: port2, runtime: RUNTIME, flag },
    transferList: [port2],
  });
  // Its connections break when the test ends.
  worker.on('error', () => {});
  // From the beginning: it may be over before a busy machine lets the test go on.
  const ended = new Promise<number>((resolve) => worker.once('exit', resolve));
  context.after(async () => {
    control.close();
    await worker.terminate();
  });
  type OnPending = (resources: readonly PendingResource[]) => void;
  const asked = new Map<number, OnPending>();
  const askedEarly = new Map<number, OnPending | undefined>();
  control.on('message', (reply: ControlReply) => {
    if (reply.kind !== 'pending') return;
    const told = reply.isEarly === true ? askedEarly : asked;
    told.get(reply.ask)?.(reply.resources);
  });
  const askPending: StuckThread['askPending'] = (searchMs, onEarly) =>
    new Promise((resolve) => {
      askedEarly.set(asked.size, onEarly);
      asked.set(asked.size, resolve);
      control.postMessage({ kind: 'pending', ask: asked.size - 1, searchMs });
    });
  if (SYNCHRONOUS.has(way))
    await context.waitFor(() => assert.equal(Atomics.load(flag, 0), 1), PATIENTLY);
  else await askPending();
  const letGo = (): void => void Atomics.store(flag, 0, 2);
  return { worker, ended, letGo, askPending, childrenSinceEpochMs };
}

export function watch(thread: StuckThread, profileDir?: string): Witness {
  return new Witness({
    ...thread,
    osThreadId: undefined,
    requestId: '../r 1',
    profileDir,
    onProblem: (text) => {
      throw new Error(text);
    },
  });
}

export async function endsAtOnce(worker: Worker): Promise<void> {
  const startedAtMs = performance.now();
  await worker.terminate();
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs < 1000, `terminate() took ${tookMs} ms`);
}

/** A server that never answers, on a port of its own. */
export async function startSilentServer(context: TestContext): Promise<number> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

/** The number of the line that ends with the comment. */
export function lineOf(file: string, comment: string): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.findIndex((line) => line.endsWith(`// ${comment}`)) + 1;
}
