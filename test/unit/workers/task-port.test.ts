import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { TaskPort } from '../../../src/core/thread-ports.ts';
import type { HandlerResult, InvokeTask, WorkerTask } from '../../../src/core/thread-protocol.ts';
import { type HeldTaskPort, holdTaskPort } from '../../../workers/task-port.ts';

const TASK = { kind: 'invoke', number: 7 } as InvokeTask;

type Held = { readonly held: HeldTaskPort; readonly near: MessagePort; readonly far: MessagePort };

function hold(t: TestContext): Held {
  const { port1: near, port2: far } = new MessageChannel();
  t.after(() => near.close());
  return { held: holdTaskPort(far as unknown as TaskPort), near, far };
}

/** What the thread answers to the task. */
async function ask(
  { held, near }: Held,
  task: WorkerTask,
  run: () => Promise<HandlerResult>,
): Promise<unknown> {
  held.serve(run);
  near.postMessage(task);
  const [reply] = await once(near, 'message');
  return reply;
}

function success(body: Uint8Array): HandlerResult {
  return { kind: 'success', body, handlerMs: 1, heapBytes: 0, externalBytes: 0 };
}

test('a result goes back with the number of its task; Init and hooks have one, too', async (t) => {
  const result: HandlerResult = { kind: 'withdrawn' };
  const numbers = new Map<WorkerTask, number>([
    [TASK, 7],
    [{ kind: 'init' }, 0],
    [{ kind: 'hooks', moment: 'afterRestore' }, -1],
  ]);
  for (const [task, number] of numbers) {
    assert.deepEqual(await ask(hold(t), task, async () => result), { number, result });
  }
});

test('what is thrown in place of a result is told as a defect', async (t) => {
  const run = async (): Promise<HandlerResult> => {
    throw new TypeError('broken');
  };
  assert.deepEqual(await ask(hold(t), TASK, run), { number: 7, defect: 'broken' });
});

test('bytes are handed over, those that share their memory are copied', async (t) => {
  const large = new Uint8Array(64 * 1024);
  const shared = new Uint8Array(large.buffer, 0, 32 * 1024);
  for (const [body, left] of [
    [shared, 32 * 1024],
    [large, 0],
  ] as const) {
    const size = body.byteLength;
    const reply = await ask(hold(t), TASK, async () => success(body));
    const { result } = reply as { readonly result: { readonly body: Uint8Array } };
    assert.equal(result.body.byteLength, size);
    assert.equal(body.byteLength, left);
  }
});

test('it keeps the loop alive until it is let go, and then for good not', (t) => {
  const { held, far } = hold(t);
  held.serve(async () => ({ kind: 'withdrawn' }));
  assert.equal(far.hasRef(), true);
  held.unref();
  assert.equal(far.hasRef(), false);
  held.ref();
  assert.equal(far.hasRef(), true);
  held.letGo();
  assert.equal(far.hasRef(), false);
  held.ref();
  assert.equal(far.hasRef(), false, 'for good');
});

test('no method of promises is called for a task: it may be user code’s by then', async (t) => {
  const held = hold(t);
  const calls = await new Promise<number>((resolve) => {
    held.held.serve(async () => {
      const watched = t.mock.method(Promise.prototype, 'then');
      // The listener has returned by then.
      setImmediate(() => {
        const count = watched.mock.callCount();
        watched.mock.restore();
        resolve(count);
      });
      return { kind: 'withdrawn' };
    });
    held.near.postMessage(TASK);
  });
  assert.equal(calls, 0);
});

test('methods that are replaced later are not called', async (t) => {
  const { held, near, far } = hold(t);
  held.serve(async () => ({ kind: 'withdrawn' }));
  for (const name of ['postMessage', 'on', 'ref', 'unref'] as const) {
    Object.defineProperty(far, name, { value: () => assert.fail(`${name} is called`) });
  }
  held.unref();
  held.ref();
  near.postMessage(TASK);
  const [reply] = await once(near, 'message');
  assert.deepEqual(reply, { number: 7, result: { kind: 'withdrawn' } });
});
