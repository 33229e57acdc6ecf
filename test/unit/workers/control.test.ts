import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { receiveMessageOnPort } from 'node:worker_threads';
import type { ControlPort } from '../../../src/core/thread-ports.ts';
import type {
  ControlMessage,
  ControlReply,
  PendingResource,
} from '../../../src/core/thread-protocol.ts';
import { type ControlActions, listenToSupervisor } from '../../../workers/control.ts';
import { HandlerThread, told } from './handler-thread.ts';
import { makeFolder } from './temporary-folder.ts';

const RESOURCE = { type: 'Timeout', count: 2, details: ['of 5 s'] };
const COUNT: PendingResource = { ...RESOURCE, details: [] };

function listen(changes: Partial<ControlActions> = {}) {
  const calls: string[] = [];
  const replies: ControlReply[] = [];
  let receive: (message: ControlMessage) => void = () => {};
  const port: ControlPort = {
    postMessage: (reply) => void replies.push(reply),
    on: (_event, listener) => {
      receive = listener;
    },
    ref: () => calls.push('ref'),
    unref: () => calls.push('unref'),
  };
  listenToSupervisor(port, {
    abortSignals: (reason) => calls.push(reason),
    pendingCounts: () => [COUNT],
    pendingReport: () => [RESOURCE],
    deliver: ({ name, number }) => {
      calls.push(`${name} ${number}`);
      return name === 'SIGTERM';
    },
    leave: () => calls.push('leave'),
    letGo: () => calls.push('letGo'),
    ...changes,
  });
  return { port, calls, replies, receive: (message: ControlMessage) => receive(message) };
}

test('the channel keeps nothing alive, and each request reaches its action', async () => {
  const { calls, receive, replies } = listen();
  receive({ kind: 'shutdown' });
  receive({ kind: 'signal', signal: { name: 'SIGTERM', number: 15 } });
  receive({ kind: 'retire' });
  receive({ kind: 'windDown' });
  receive({ kind: 'pending', ask: 7 });
  await turn();
  assert.deepEqual(calls, ['unref', 'shutdown', 'SIGTERM 15', 'leave', 'letGo']);
  assert.deepEqual(replies, [
    { kind: 'pending', ask: 7, resources: [COUNT], isEarly: true },
    { kind: 'pending', ask: 7, resources: [RESOURCE] },
  ]);
});

test('a signal that nobody listens for any more is told', () => {
  const { receive, replies } = listen();
  receive({ kind: 'signal', signal: { name: 'SIGHUP', number: 1 } });
  assert.deepEqual(replies, [{ kind: 'deaf', signal: 'SIGHUP' }]);
});

test('of a report that cannot be made the counts are told, if they can be', async () => {
  const damaged = (): never => {
    throw new Error('damaged');
  };
  const { receive, replies } = listen({ pendingReport: damaged });
  receive({ kind: 'pending', ask: 1 });
  await turn();
  assert.deepEqual(replies.at(-1), { kind: 'pending', ask: 1, resources: [COUNT] });
  const worse = listen({ pendingCounts: damaged, pendingReport: damaged });
  worse.receive({ kind: 'pending', ask: 1 });
  await turn();
  assert.deepEqual(worse.replies, [{ kind: 'pending', ask: 1, resources: [] }]);
});

test('user code that replaces the method of all ports does not get hold of this one', async () => {
  const { port, receive, replies } = listen();
  port.postMessage = () => assert.fail('replaced');
  receive({ kind: 'pending', ask: 1 });
  await turn();
  assert.equal(replies.length, 2);
});

async function start(context: TestContext, handler: string): Promise<HandlerThread> {
  const thread = new HandlerThread(handler);
  context.after(() => thread.close());
  assert.equal(told(await thread.init()), 'ready');
  return thread;
}

test('a thread that retires runs its exit listeners and says no last words', async (t) => {
  const thread = await start(t, 'retires.handler');
  const note = join(makeFolder(t, {}), 'note');
  assert.equal(told(await thread.invoke({ note })), 'served');
  thread.tell({ kind: 'retire' });
  assert.equal(await thread.exited, 0);
  assert.equal(receiveMessageOnPort(thread.lastWords), undefined);
  assert.equal(readFileSync(note, 'utf8'), 'left with 0');
});

test('a thread that winds down ends when nothing is pending in it any more', async (t) => {
  const thread = await start(t, 'signals.handler');
  thread.tell({ kind: 'signal', signal: { name: 'SIGTERM', number: 15 } });
  thread.tell({ kind: 'windDown' });
  const [listens] = await once(thread.control, 'message');
  assert.deepEqual(listens, { kind: 'listens', signal: 'SIGTERM' });
  assert.equal(await thread.exited, 0);
});

test('a thread answers for what it waits for while its handler waits', async (t) => {
  const thread = await start(t, 'signal.handler');
  const softEpochMs = Date.now() + 500;
  const invoked = thread.invoke({ way: 'wait' }, { softEpochMs });
  thread.tell({ kind: 'pending', ask: 3 });
  const [reply] = await once(thread.control, 'message');
  assert.equal(reply.ask, 3);
  assert.ok(
    reply.resources.some((one: { readonly type: string }) => one.type === 'Timeout'),
    JSON.stringify(reply),
  );
  assert.ok(!reply.resources.some((one: { readonly type: string }) => one.type === 'MessagePort'));
  assert.deepEqual(told(await invoked), { reason: 'deadline', isAborted: true });
});

test('a shutdown aborts the signal of the invocation in flight', async (t) => {
  const thread = await start(t, 'signal.handler');
  const invoked = thread.invoke({ way: 'wait' });
  thread.tell({ kind: 'shutdown' });
  assert.deepEqual(told(await invoked), { reason: 'shutdown', isAborted: true });
});

test('an event that was on the way then finds its signal aborted', async (t) => {
  const thread = await start(t, 'signal.handler');
  thread.tell({ kind: 'shutdown' });
  // The channel and the tasks are two ways: only a reply on the first says that it was heard.
  thread.tell({ kind: 'pending', ask: 1 });
  await once(thread.control, 'message');
  assert.deepEqual(told(await thread.invoke({ way: 'look' })), {
    reason: 'shutdown',
    isAborted: true,
  });
});
