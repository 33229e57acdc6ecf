import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel, MessagePort } from 'node:worker_threads';
import { catchTaskPort } from '../../../workers/task-port.ts';
import { HandlerThread } from './handler-thread.ts';

const inherited = MessagePort.prototype.on;

function hasOwnMethod(): boolean {
  return Object.hasOwn(MessagePort.prototype, 'on');
}

test('the first port that is listened to for messages is the one', (t) => {
  const takePort = catchTaskPort();
  const [early, task, late] = [new MessageChannel(), new MessageChannel(), new MessageChannel()];
  t.after(() => {
    for (const { port1 } of [early, task, late]) port1.close();
  });
  early.port1.on('close', () => {});
  const heard: unknown[] = [];
  task.port1.on('message', (message) => heard.push(message));
  assert.equal(hasOwnMethod(), false, 'the method is as it was');
  late.port1.on('message', () => {});

  const port = takePort();
  assert.equal(task.port1.hasRef(), true);
  port.unref();
  assert.equal(task.port1.hasRef(), false);
  assert.equal(late.port1.hasRef(), true);
  port.ref();
  assert.equal(task.port1.hasRef(), true);
  port.letGo();
  assert.equal(task.port1.hasRef(), false);
  port.ref();
  assert.equal(task.port1.hasRef(), false, 'for good');
});

test('a listener is heard that was added by the caught call', async (t) => {
  catchTaskPort();
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const heard = new Promise((resolve) => port1.on('message', resolve));
  port2.postMessage('task');
  assert.equal(await heard, 'task');
});

test('no method of promises is called for a task: it may be user code’s by then', async (t) => {
  catchTaskPort();
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const calls = await new Promise<number>((resolve) => {
    port1.on('message', async () => {
      const watched = t.mock.method(Promise.prototype, 'then');
      // The listener has returned its promise by then.
      setImmediate(() => {
        const count = watched.mock.callCount();
        watched.mock.restore();
        resolve(count);
      });
    });
    port2.postMessage('task');
  });
  assert.equal(calls, 0);
});

test('when no port comes, it says so and leaves the method as it was', () => {
  const takePort = catchTaskPort();
  assert.equal(hasOwnMethod(), true);
  assert.throws(takePort, /Cannot find the port .* install the exact version of piscina/);
  assert.equal(hasOwnMethod(), false);
  assert.equal(MessagePort.prototype.on, inherited);
});

test('a method that somebody else has put there is called, and stays', (t) => {
  const calls: unknown[] = [];
  const theirs: typeof inherited = function (this: MessagePort, ...args) {
    calls.push(args[0]);
    return inherited.apply(this, args);
  };
  MessagePort.prototype.on = theirs;
  t.after(() => Reflect.deleteProperty(MessagePort.prototype, 'on'));

  catchTaskPort();
  const { port1 } = new MessageChannel();
  port1.on('message', () => {});
  port1.close();
  // Node itself calls it for other events.
  assert.equal(calls.filter((event) => event === 'message').length, 1);
  assert.equal(MessagePort.prototype.on, theirs);
});

test('a thread whose task port cannot be found does not start, and says why', async (t) => {
  const entry = new URL('../../fixtures/threads/listens-elsewhere.cjs', import.meta.url);
  const thread = new HandlerThread('echo.handler', entry);
  t.after(() => thread.close());
  await assert.rejects(thread.init(), /Cannot find the port on which Piscina sends tasks/);
});
