// On a real thread, through its entry point: several invocations at once.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { receiveMessageOnPort } from 'node:worker_threads';
import { STREAM_MESSAGE_BYTES, STREAM_WINDOW_BYTES } from '../../../src/core/limits.ts';
import type { StreamMessage } from '../../../src/core/thread-protocol.ts';
import { startSeveral } from './several-thread.ts';

const COUNT = 16;
const ROUNDS = 12;

async function checkInTurns(t: Parameters<typeof startSeveral>[0], entry?: URL): Promise<void> {
  const { invoke, logged, thread } = await startSeveral(t, 'several.handler', entry);
  // Whoever comes first waits for the others, and not in vain.
  void invoke({ way: 'timer', ms: 60_000 }, { number: 1000 }).catch(() => {});
  const results = await Promise.all(
    Array.from({ length: COUNT }, (_, at) => {
      const name = `e-${at + 1}`;
      const event = { way: 'inTurns', name, count: COUNT, rounds: ROUNDS };
      return invoke(event, { traceId: `Root=${at + 1}` });
    }),
  );
  for (const [at, result] of results.entries()) {
    assert.ok(result.kind === 'success', JSON.stringify(result));
    const { name, seen, isTraced } = JSON.parse(Buffer.from(result.body).toString());
    assert.equal(name, `e-${at + 1}`);
    assert.equal(isTraced, false, 'the variable belongs to nobody');
    assert.equal(seen.length, 2 * ROUNDS);
    for (const one of seen) assert.deepEqual(one, [`r-${at + 1}`, `Root=${at + 1}`, name]);
  }
  const lines = logged();
  assert.equal(lines.length, COUNT * ROUNDS);
  for (const { requestId, message } of lines) {
    assert.equal(`${message}`.split(' ')[0], `${requestId}`.replace('r', 'e'));
  }
  await thread.close();
}

test('16 in turns have their own results, contexts, stores and lines', (t) => checkInTurns(t));

const BUILT = new URL('../../../dist/workers/handler-worker.js', import.meta.url);
const unbuilt = existsSync(BUILT) ? false : 'there is no dist: run "npm run build" first';

test('so they have in the built thread', { skip: unbuilt }, (t) => checkInTurns(t, BUILT));

test('their streams keep apart, and one that nobody reads holds up no other', async (t) => {
  const { invoke, thread } = await startSeveral(t, 'several.streams');
  const got = new Map<number, { text: string; posts: number; type: string | undefined }>();
  const onPiece = ({ stream, contentType, bytes }: StreamMessage): void => {
    const one = got.get(stream) ?? { text: '', posts: 0, type: contentType };
    got.set(stream, one);
    one.posts += 1;
    if (bytes === undefined) return;
    one.text += Buffer.from(bytes).toString();
    const credit = bytes.byteLength + STREAM_MESSAGE_BYTES;
    // The first one's reader sleeps until the others are through.
    if (stream > 1) thread.stream.postMessage({ kind: 'credit', stream, bytes: credit });
  };
  thread.stream.on('message', onPiece);
  const letters = ['a', 'b', 'c', 'd', 'e'];
  const bytes = STREAM_WINDOW_BYTES;
  const [first, ...others] = letters.map((letter) =>
    invoke({ letter, count: letter === 'a' ? 1 : 4, rounds: letter === 'a' ? 1 : 3, bytes }),
  );
  const results = await Promise.all(others);
  assert.ok((got.get(1)?.text.length ?? 0) < bytes);
  thread.stream.postMessage({ kind: 'credit', stream: 1, bytes });
  results.unshift((await first) ?? assert.fail('there is a first'));
  // What was sent before the results is there, and perhaps not read yet.
  let left = receiveMessageOnPort(thread.stream);
  for (; left !== undefined; left = receiveMessageOnPort(thread.stream)) onPiece(left.message);
  for (const [at, result] of results.entries()) {
    assert.ok(result.kind === 'success', JSON.stringify(result));
    const letter = letters[at] ?? '';
    const text = letter.repeat(bytes * (at === 0 ? 1 : 3));
    assert.deepEqual(got.get(at + 1), { text, posts: result.posts, type: `text/${letter}` });
  }
});

test('all who wait in vain are told when nothing is pending for any of them', async (t) => {
  const { tell, thread } = await startSeveral(t);
  const order: string[] = [];
  const pending = tell({ way: 'signal' }).then((cause) => order.push(String(cause)));
  const inVain = Array.from({ length: 3 }, async () => {
    const told = String(await tell({ way: 'inVain' }));
    order.push(told.split(':')[0] ?? '');
  });
  // All have begun by then, and the loop has turned.
  await tell({ way: 'timer', ms: 5 });
  thread.tell({ kind: 'shutdown' });
  await Promise.all([...inVain, pending]);
  const failure = 'Runtime.NodeJsExit';
  assert.deepEqual(order, ['shutdown', failure, failure, failure]);
  assert.equal(await tell({ way: 'timer', ms: 1 }), 1, 'the thread serves on');
  assert.match(String(await tell({ way: 'inVain' })), /^Runtime.NodeJsExit/);
});

test('an event that comes while another waits is served, and may be what that waits for', async (t) => {
  const { tell } = await startSeveral(t);
  // A timer keeps them waiting: the loop does not run empty.
  const timer = tell({ way: 'timer', ms: 60_000 });
  const meeting = tell({ way: 'meeting' });
  assert.equal(await tell({ way: 'arrival' }), 'arrived');
  assert.equal(await meeting, 'met');
  void timer.catch(() => {});
});

test('an event that comes as the loop runs empty is neither lost nor too late', async (t) => {
  const { tell, letGo, untilFlag } = await startSeveral(t);
  const meeting = tell({ way: 'meetingAtTheEnd' });
  await untilFlag(0, 1);
  // The thread is at the end for the second time, and goes on when the task is on its port.
  const arrival = tell({ way: 'arrival' });
  letGo();
  assert.equal(await arrival, 'arrived');
  assert.equal(await meeting, 'met');
});

test('when the environment stops, the signals of all abort, and of those that still come', async (t) => {
  const { tell, thread } = await startSeveral(t);
  const waiting = [1, 2, 3].map(() => tell({ way: 'signal' }));
  // They have begun by then.
  await tell({ way: 'timer', ms: 1 });
  thread.tell({ kind: 'shutdown' });
  assert.deepEqual(await Promise.all(waiting), ['shutdown', 'shutdown', 'shutdown']);
});

test('a callback is the answer at once, whatever its neighbours have pending', async (t) => {
  const { tell } = await startSeveral(t, 'several.callback');
  assert.equal(await tell({ way: 'stays' }), 'called back');
  assert.equal(await tell({ way: 'stays', insists: true }), 'called back');
});

test('a callback that is never called is answered with null once nothing is pending', async (t) => {
  const { tell } = await startSeveral(t, 'several.callback');
  assert.equal(await tell({ way: 'forgets' }), null);
});
