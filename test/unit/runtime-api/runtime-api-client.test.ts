// The reply matrix: what each answer of the Runtime API means for the loop. A scripted transport
// plays the server; the wire itself is tested in transport.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '../../../src/core/errors.ts';
import type { Reply } from '../../../src/runtime-api/transport.ts';
import {
  errorReply,
  FAILURE,
  KEY,
  play,
  type Scripted,
  SUCCESS,
} from '../../support/scripted-transport.ts';

test('a result is posted with its bytes, an encoded id and the echo of the invocation id', async () => {
  const { client, sent } = play({});
  assert.deepEqual(await client.respond(KEY, SUCCESS), { kind: 'accepted', status: 202 });
  assert.equal(sent[0]?.method, 'POST');
  assert.equal(sent[0]?.path, '/2018-06-01/runtime/invocation/id%201%2F%23/response');
  assert.deepEqual(sent[0]?.headers, [
    'content-type',
    'application/json',
    'lambda-runtime-invocation-id',
    'nonce',
  ]);
  assert.equal(sent[0]?.body, SUCCESS.body, 'the very bytes, not a copy');
});

test('an error is posted with its type, its X-Ray cause and the reference body', async () => {
  const { client, sent } = play({});
  await client.respond({ requestId: 'a', invocationId: undefined }, FAILURE);
  assert.equal(sent[0]?.path, '/2018-06-01/runtime/invocation/a/error');
  assert.deepEqual(sent[0]?.headers, [
    'content-type',
    'application/json',
    'lambda-runtime-function-error-type',
    'Function.TypeError',
    'lambda-runtime-function-xray-error-cause',
    '{"paths":[]}',
  ]);
  assert.equal(
    new TextDecoder().decode(sent[0]?.body),
    '{"errorType":"TypeError","errorMessage":"bad","trace":["TypeError: bad"]}',
  );
});

test('an error of several MB is cut below what the platform takes', async () => {
  const { client, sent } = play({});
  const error = { errorType: 'E', errorMessage: 'x'.repeat(3_000_000), trace: ['y'] };
  await client.respond(KEY, { kind: 'failure', error, headerType: 'Function.Unknown' });
  assert.ok((sent[0]?.body?.byteLength ?? 0) < 1024 * 1024);
  assert.equal(JSON.parse(new TextDecoder().decode(sent[0]?.body)).errorType, 'E');
});

function checkGoesOn(status: number, errorType: string): void {
  test(`after ${status} ${errorType} the loop goes on`, async () => {
    const { client, moments } = play(errorReply(status, errorType));
    assert.deepEqual(await client.respond(KEY, SUCCESS), { kind: 'refused', status });
    assert.deepEqual(
      moments.map(({ event, requestId }) => [event, requestId]),
      [['refused', KEY.requestId]],
    );
  });
}

checkGoesOn(400, 'InvalidRequestID');
checkGoesOn(400, 'TruncatedHTTPRequest');
checkGoesOn(410, 'InvokeTimeout');
checkGoesOn(413, 'RequestEntityTooLarge');

function checkEnds(status: number, errorType: string): void {
  test(`after ${status} ${errorType} on an answer the process has to end`, async () => {
    const { client } = play(errorReply(status, errorType));
    await assert.rejects(client.respond(KEY, SUCCESS), (error: RuntimeError) => {
      assert.ok(error instanceof RuntimeError);
      assert.match(error.message, new RegExp(`/response was answered ${status}`));
      return true;
    });
  });
  test(`after ${status} ${errorType} on a poll the process has to end`, async () => {
    const { client } = play(errorReply(status, errorType));
    await assert.rejects(
      client.next(() => {}),
      RuntimeError,
    );
  });
}

checkEnds(400, 'InvalidFunctionResponseMode');
checkEnds(403, 'InvalidStateTransition');
checkEnds(500, 'InternalServerError');
checkEnds(404, 'NotFound');

test('an answer whose reply was lost is sent once more', async () => {
  const { client, sent, connections, moments } = play(new Error('ECONNRESET'), {});
  assert.deepEqual(await client.respond(KEY, SUCCESS), { kind: 'accepted', status: 202 });
  assert.deepEqual(connections, ['first', 'second'], 'the poll may be parked on the first');
  assert.deepEqual(sent[0], sent[1]);
  assert.equal(moments[0]?.event, 'retry');
});

for (const status of [400, 403]) {
  test(`a repeated answer that meets ${status} had been taken the first time`, async () => {
    const { client } = play(new Error('ECONNRESET'), errorReply(status, 'Any'));
    assert.deepEqual(await client.respond(KEY, SUCCESS), { kind: 'refused', status });
  });
}

test('an answer that cannot be delivered at all leaves the verdict to the next poll', async () => {
  const { client, sent } = play(new Error('ECONNRESET'), new Error('ECONNREFUSED'));
  assert.deepEqual(await client.respond(KEY, SUCCESS), { kind: 'refused', status: 0 });
  assert.equal(sent.length, 2);
});

const EVENT: Scripted = {
  status: 200,
  headers: { 'lambda-runtime-aws-request-id': 'r1', 'lambda-runtime-deadline-ms': '99' },
  body: new Uint8Array([123, 125]),
};

test('a poll gives the invocation', async () => {
  const { client, sent } = play(EVENT);
  const invocation = await client.next(() => {});
  assert.equal(invocation.requestId, 'r1');
  assert.equal(invocation.deadlineEpochMs, 99);
  assert.deepEqual(sent[0]?.headers, ['user-agent', 'lambda-bulkhead/test']);
});

test('a poll that lost its connection is asked again, with growing pauses', async () => {
  const { client, sent, clock, moments } = play(new Error('one'), new Error('two'), EVENT);
  const polled = client.next(() => {});
  let requestId: string | undefined;
  void polled.then((invocation) => {
    requestId = invocation.requestId;
  });
  const startMs = clock.nowEpochMs();
  await clock.runUntil(() => requestId !== undefined, 60_000);
  assert.equal(requestId, 'r1');
  assert.equal(sent.length, 3);
  assert.equal(clock.nowEpochMs() - startMs, 100 + 200);
  assert.equal(moments.length, 2);
});

test('a Runtime API that stays away is given up with its address and what to do', async () => {
  const gone = Array.from({ length: 5 }, () => new Error('connect ECONNREFUSED'));
  const { client, clock } = play(...gone);
  let message = '';
  client
    .next(() => {})
    .catch((error: RuntimeError) => {
      message = error.message;
    });
  await clock.runUntil(() => message !== '', 60_000);
  assert.match(message, /127\.0\.0\.1:9: connect ECONNREFUSED \(5 attempts\)/);
  assert.match(message, /bulkhead dev/);
});

test('204 means nothing yet', async () => {
  const { client, clock, sent } = play({ status: 204 }, EVENT);
  let isDone = false;
  void client
    .next(() => {})
    .then(() => {
      isDone = true;
    });
  await clock.runUntil(() => isDone, 60_000);
  assert.equal(sent.length, 2);
});

test('an event without a request id is protocol confusion', async () => {
  const { client } = play({ status: 200 });
  await assert.rejects(
    client.next(() => {}),
    { errorType: 'Runtime.InvalidInvocation' },
  );
});

test('the init error is posted once, and its failure is a line, not a throw', async () => {
  const { client, sent, moments } = play(new Error('ECONNREFUSED'));
  const error = { errorType: 'E', errorMessage: 'm', trace: [] };
  await client.initError(error, 'E');
  await client.initError(error, 'E');
  assert.equal(sent.length, 1);
  assert.equal(sent[0]?.path, '/2018-06-01/runtime/init/error');
  assert.equal(moments[0]?.event, 'init_error_failed');
});

const SAME_EVENT: Scripted = {
  status: 200,
  headers: {
    'lambda-runtime-aws-request-id': KEY.requestId,
    'lambda-runtime-invocation-id': KEY.invocationId,
  },
};

test('an event that comes again is answered again, not run again', async () => {
  const { client, sent } = play({}, SAME_EVENT, {}, EVENT);
  await client.respond(KEY, SUCCESS);
  assert.equal((await client.next(() => {})).requestId, 'r1');
  assert.deepEqual(
    sent.map(({ method }) => method),
    ['POST', 'GET', 'POST', 'GET'],
  );
  assert.deepEqual(sent[2], sent[0]);
});

test('a new attempt at the same request id is a new invocation', async () => {
  const { client } = play(
    {},
    {
      ...SAME_EVENT,
      headers: { ...(SAME_EVENT as Reply).headers, 'lambda-runtime-invocation-id': 'another' },
    },
  );
  await client.respond(KEY, SUCCESS);
  assert.equal((await client.next(() => {})).invocationId, 'another');
});

test('a platform that hands out an answered event for ever is given up', async () => {
  const again = [SAME_EVENT, {}] as const;
  const { client } = play({}, ...again, ...again, ...again, SAME_EVENT);
  await client.respond(KEY, SUCCESS);
  await assert.rejects(
    client.next(() => {}),
    RuntimeError,
  );
});
