// The Runtime API as an HTTP server: routes, limits, order on a connection, the record.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';

import {
  answerPath,
  INIT_ERROR,
  NEXT,
  post,
  rawCall,
  startBare,
  startRunning,
  until,
} from '../unit/emulator/support/raw-runtime.ts';

test('unknown paths are 404, wrong methods 405, ping answers pong', async (t) => {
  const { runtimeApi } = await startBare(t);
  const paths = [
    '/',
    '/ping',
    '/2018-06-01/runtime/restore/next',
    `${answerPath('id')}/more`,
    '/pong',
  ];

  for (const path of paths) {
    assert.equal((await rawCall(runtimeApi, 'GET', path)).status, 404, path);
  }
  for (const [method, path, allowed] of [
    ['POST', NEXT, 'GET'],
    ['GET', answerPath('id'), 'POST'],
    ['PUT', INIT_ERROR, 'POST'],
  ] as const) {
    const reply = await rawCall(runtimeApi, method, path);
    assert.deepEqual([reply.status, reply.headers.allow, reply.text], [405, allowed, '']);
  }
  const pong = await rawCall(runtimeApi, 'GET', '/2018-06-01/ping');
  assert.deepEqual([pong.status, pong.text], [200, 'pong']);
});

test('a large header passes, a head over 1 MiB and 4 KiB is 431', async (t) => {
  const { emulator } = await startRunning(t);
  const cause = 'lambda-runtime-function-xray-error-cause';
  const large = { [cause]: 'x'.repeat(1_000_000) };
  const reply = await post(emulator, answerPath('id', 'error'), { headers: large, body: '{}' });
  assert.equal(reply.status, 202);

  const tooLarge = { [cause]: 'x'.repeat(1_060_000) };
  const refused = await post(emulator, answerPath('id', 'error'), { headers: tooLarge });
  assert.equal(refused.status, 431);
});

test('an early reply closes the connection when much of the body is unread', async (t) => {
  const emulator = await startBare(t);
  const isKept = { headers: { connection: 'keep-alive' } };

  const small = await post(emulator, answerPath('none'), {
    ...isKept,
    body: Buffer.alloc(200_000),
  });
  const large = await post(emulator, answerPath('none'), {
    ...isKept,
    body: Buffer.alloc(3_000_000),
  });

  assert.deepEqual([small.status, small.headers.connection], [400, undefined]);
  assert.deepEqual([large.status, large.headers.connection], [400, 'close']);
});

test('an answer and a poll sent at once on one connection are served in order', async (t) => {
  const { emulator, result } = await startRunning(t);
  const [host, port] = emulator.runtimeApi.split(':');
  const socket = connect(Number(port), host);
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => {
    received += text;
  });

  socket.write(
    `POST ${answerPath('id')} HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n7` +
      `GET ${NEXT} HTTP/1.1\r\nHost: h\r\n\r\n`,
  );

  assert.equal((await result).payload, 7);
  await emulator.waitForPoll();
  void emulator.invoke('second');
  await until(() => received.includes('"second"'));
  assert.ok(received.indexOf('202') < received.indexOf('200 OK'));
  socket.destroy();
});

test('bytes that are not HTTP get a 400 and the server goes on', async (t) => {
  const emulator = await startBare(t);
  const [host, port] = emulator.runtimeApi.split(':');
  const socket = connect(Number(port), host);
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => {
    received += text;
  });

  socket.write('nonsense\r\n\r\n');

  await until(() => received.startsWith('HTTP/1.1 400'));
  const pong = await rawCall(emulator.runtimeApi, 'GET', '/2018-06-01/ping');
  assert.equal(pong.text, 'pong');
});

test('the record of exchanges holds what was sent and what was answered', async (t) => {
  const { emulator } = await startRunning(t);
  await post(emulator, answerPath('id'), {
    headers: { 'User-Agent': 'me/1' },
    body: Buffer.alloc(100_000, 'x'),
  });

  const [poll, answer] = emulator.exchanges;

  assert.deepEqual(
    [poll?.index, poll?.endpoint, poll?.status, poll?.requestId],
    [1, 'next', 200, 'id'],
  );
  assert.deepEqual(
    [answer?.index, answer?.endpoint, answer?.method, answer?.status, answer?.requestId],
    [2, 'response', 'POST', 202, 'id'],
  );
  assert.equal(answer?.requestHeaders['user-agent'], 'me/1');
  assert.equal(answer?.requestBodyBytes, 100_000);
  assert.equal(answer?.requestBody.length, 65_536);
  assert.ok(Number(answer?.repliedAtEpochMs) >= Number(answer?.arrivedAtEpochMs));
});
