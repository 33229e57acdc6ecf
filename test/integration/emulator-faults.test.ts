// Faults of the Runtime API: what the peer sees, and what the state machine makes of it.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';

import {
  answerPath,
  INIT_ERROR,
  idOf,
  NEXT,
  next,
  post,
  startBare,
  until,
} from '../unit/emulator/support/raw-runtime.ts';

test('delay holds an exchange back', async (t) => {
  const emulator = await startBare(t, {
    faults: [{ endpoint: 'next', fault: { kind: 'delay', ms: 30 } }],
  });
  void emulator.invoke('e');

  const event = await next(emulator);

  assert.equal(event.text, '"e"');
  const [exchange] = emulator.exchanges;
  assert.ok(Number(exchange?.repliedAtEpochMs) - Number(exchange?.arrivedAtEpochMs) >= 29);
  assert.deepEqual(exchange?.fault, { kind: 'delay', ms: 30 });
});

test('drop resets the connection and processes nothing', async (t) => {
  const emulator = await startBare(t);
  const result = emulator.invoke('e', { requestId: 'id' });
  await next(emulator);
  emulator.faults.add({ endpoint: 'response', fault: { kind: 'drop' } });

  await assert.rejects(post(emulator, answerPath('id'), { body: '1' }), { code: 'ECONNRESET' });

  assert.equal(emulator.state, 'Running');
  assert.equal((await post(emulator, answerPath('id'), { body: '2' })).status, 202);
  assert.equal((await result).payload, 2);
  assert.equal(emulator.exchanges[1]?.status, undefined);
});

test('reset-after loses the reply to a request that was processed', async (t) => {
  const emulator = await startBare(t);
  const result = emulator.invoke('e', { requestId: 'id' });
  await next(emulator);
  emulator.faults.add({ endpoint: 'response', fault: { kind: 'reset-after' } });

  await assert.rejects(post(emulator, answerPath('id'), { body: '1' }), { code: 'ECONNRESET' });

  assert.equal((await result).payload, 1);
  assert.equal((await post(emulator, answerPath('id'), { body: '2' })).status, 403);
});

for (const status of [400, 403, 410, 413, 500]) {
  test(`status ${status} is sent without processing, the request is recorded`, async (t) => {
    const emulator = await startBare(t);
    const result = emulator.invoke('e', { requestId: 'id' });
    await next(emulator);
    emulator.faults.add({ endpoint: 'response', fault: { kind: 'status', status } });

    const reply = await post(emulator, answerPath('id'), { body: '"refused"' });

    assert.equal(reply.status, status);
    const { errorType } = JSON.parse(reply.text);
    assert.equal(errorType, status === 500 ? 'InternalServerError' : 'InjectedFault');
    assert.equal(String(emulator.exchanges[1]?.requestBody), '"refused"');
    assert.equal((await post(emulator, answerPath('id'), { body: '2' })).status, 202);
    assert.equal((await result).payload, 2);
  });
}

test('a status fault may carry an error of its own, or any body', async (t) => {
  const emulator = await startBare(t, {
    faults: [
      {
        endpoint: 'initError',
        fault: { kind: 'status', status: 403, errorType: 'E', errorMessage: 'm' },
      },
      { endpoint: 'initError', nth: 2, fault: { kind: 'status', status: 500, body: 'not json' } },
    ],
  });

  const first = await post(emulator, INIT_ERROR, { body: '{}' });
  const second = await post(emulator, INIT_ERROR, { body: '{}' });

  assert.deepEqual(JSON.parse(first.text), { errorType: 'E', errorMessage: 'm' });
  assert.deepEqual([second.status, second.text], [500, 'not json']);
  assert.equal(emulator.state, 'Started');
});

test('garbage takes the place of the reply', async (t) => {
  const emulator = await startBare(t, {
    faults: [{ endpoint: 'next', fault: { kind: 'garbage', bytes: '\x00\x01 noise' } }],
  });
  void emulator.invoke('e');
  const [host, port] = emulator.runtimeApi.split(':');
  const socket = connect(Number(port), host);
  let received = '';
  let isClosed = false;
  socket.setEncoding('latin1').on('data', (text) => {
    received += text;
  });
  socket.on('close', () => {
    isClosed = true;
  });

  socket.write(`GET ${NEXT} HTTP/1.1\r\nHost: h\r\n\r\n`);

  await until(() => isClosed);
  assert.equal(received, '\x00\x01 noise');
  assert.equal(emulator.state, 'Running');
});

for (const bytes of [0, 3]) {
  test(`truncate sends the head and ${bytes} bytes of the body`, async (t) => {
    const emulator = await startBare(t, {
      faults: [{ endpoint: 'next', fault: { kind: 'truncate', bytes } }],
    });
    void emulator.invoke('0123456789');

    await assert.rejects(next(emulator), { code: 'ECONNRESET' });

    const again = await next(emulator);
    assert.equal(again.text, '"0123456789"');
  });
}

for (const sizeBytes of [100, 5000]) {
  test(`slow sends a body of ${sizeBytes} bytes in pieces`, async (t) => {
    const emulator = await startBare(t, {
      faults: [{ endpoint: 'next', fault: { kind: 'slow', chunkBytes: 40, pauseMs: 0 } }],
    });
    void emulator.invoke(Buffer.alloc(sizeBytes, 'x'));

    const event = await next(emulator);

    assert.equal(event.body.length, sizeBytes);
    assert.equal((await post(emulator, answerPath(idOf(event)), { body: '1' })).status, 202);
  });
}

test('what was sent behind a broken reply is never read', async (t) => {
  const broken = ['garbage', 'drop', 'reset-after'] as const;
  for (const kind of broken) {
    const emulator = await startBare(t, { faults: [{ endpoint: 'ping', fault: { kind } }] });
    const [host, port] = emulator.runtimeApi.split(':');
    const socket = connect(Number(port), host);
    let isClosed = false;
    socket
      .on('error', () => {})
      .on('close', () => {
        isClosed = true;
      });
    socket.resume();

    const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
    socket.write(ask('/2018-06-01/ping') + ask(NEXT));

    await until(() => isClosed);
    assert.deepEqual(
      emulator.exchanges.map(({ endpoint }) => endpoint),
      ['ping'],
      kind,
    );
    assert.equal(emulator.state, 'Started', kind);
  }
});
