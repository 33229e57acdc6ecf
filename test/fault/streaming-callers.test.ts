// Streams whose reader is slow, goes away, or is refused (rows A8.14 to A8.18).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { type StreamFunction, startStreams, textOf } from '../support/stream-function.ts';
import { accept, type Read, reply } from '../support/stream-server.ts';

const MB = 1024 * 1024;

/** Goes away when so many bytes have come. */
function after(bytes: number, leave: (request: IncomingMessage, r: ServerResponse) => void): Read {
  return (request, response) => {
    let count = 0;
    request.on('data', ({ byteLength }: Buffer) => {
      const isThere = count < bytes;
      count += byteLength;
      if (isThere && count >= bytes) leave(request, response);
    });
  };
}

const LEAVINGS: readonly (readonly [how: string, read: Read])[] = [
  ['closes', after(10, ({ socket }) => void socket.destroy())],
  ['resets', after(10, ({ socket }) => void socket.resetAndDestroy())],
  [
    'answers 413 early',
    after(10, (_, response) => reply(response, 413, { errorType: 'RequestEntityTooLarge' })),
  ],
  ['answers 410 early', after(10, (_, response) => reply(response, 410, {}))],
  ['answers 202 early', after(10, (_, response) => reply(response, 202, {}))],
];

async function checkServes({ api, child }: StreamFunction): Promise<void> {
  assert.equal(textOf(await api.invoke({ way: 'text' })), 'abé');
  assert.deepEqual(api.overlaps, []);
  assert.ok(!child.stderr.includes('worker_ended'), child.text);
}

for (const [how, read] of LEAVINGS) {
  test(`a reader that ${how} reaches the handler, which may end in peace`, async (t) => {
    const started = await startStreams(t, undefined, { AWS_LAMBDA_LOG_LEVEL: 'DEBUG' });
    const { api, child } = started;
    await api.invoke({ way: 'endless' }, { read });
    const report = JSON.parse(textOf(await api.invoke({ way: 'report' })));
    assert.deepEqual(report, ['error ECONNRESET', 'close', 'returned false']);
    // Nobody listens; nobody writes but a source.
    for (const way of ['unwatched', 'piped-away']) await api.invoke({ way }, { read });
    await checkServes(started);
    assert.ok(!child.stdout.includes('Invoke Error'), 'it is no mistake of the handler');
  });
}

test('a handler that writes nothing more hears of it as soon', async (t) => {
  const started = await startStreams(t);
  const read = after(1, ({ socket }) => void socket.destroy());
  await started.api.invoke({ way: 'idle' }, { read });
  const leftAtMs = performance.now();
  await checkServes(started);
  assert.ok(performance.now() - leftAtMs < 5000, 'long before its deadline');
});

for (const [status, errorType] of [
  [400, 'InvalidRequestID'],
  [410, 'InvokeTimeout'],
  [413, 'RequestEntityTooLarge'],
] as const) {
  test(`a stream that is answered ${status} at its end costs nothing but itself`, async (t) => {
    const started = await startStreams(t);
    const read: Read = (request, response) => {
      request.on('data', () => {}).on('end', () => reply(response, status, { errorType }));
    };
    assert.ok((await started.api.invoke({ way: 'text' }, { read })).isWhole);
    await started.child.until(({ events }) => events.some((one) => one['status'] === status));
    await checkServes(started);
  });
}

test('a stream that gets no reply is told, and the next event is served', async (t) => {
  const started = await startStreams(t);
  const read: Read = (request) => {
    request.on('data', () => {}).on('end', () => request.socket.destroy());
  };
  assert.ok((await started.api.invoke({ way: 'text' }, { read })).isWhole);
  await started.child.until(({ stderr }) => stderr.includes('the streamed response was cut short'));
  await checkServes(started);
});

for (const [status, errorType] of [
  [403, 'Runtime.IllegalStateTransition'],
  [500, 'Runtime.ApiFailure'],
] as const) {
  test(`a stream that is answered ${status} ends the process`, async (t) => {
    const { api, child } = await startStreams(t);
    const read: Read = (request, response) => {
      request.on('data', () => {}).on('end', () => reply(response, status, {}));
    };
    await api.invoke({ way: 'text' }, { read });
    const { exitCode } = await child.ended;
    assert.equal(exitCode, 1);
    assert.match(child.stderr, new RegExp(errorType));
  });
}

test('a reader that takes nothing holds the handler, and what waits is not nothing', async (t) => {
  const started = await startStreams(t);
  const { api } = started;
  // Far more than sockets take.
  const event = { way: 'many', count: 640, size: 65_536 };
  const read: Read = (request, response) => {
    request.pause();
    setTimeout(() => request.resume(), 1000);
    accept(request, response);
    request.pause();
  };
  const answer = await api.invoke(event, { read });
  assert.equal(answer.bytes, 40 * MB);
  assert.ok(answer.isWhole);
  assert.deepEqual(JSON.parse(textOf(await api.invoke({ way: 'report' }))), ['full']);
  await checkServes(started);
});

test('a reader that takes nothing until the deadline costs no more than that', async (t) => {
  const started = await startStreams(t);
  const event = { way: 'many', count: 640, size: 65_536 };
  let resume = (): void => {};
  const read: Read = (request) => {
    request.pause();
    resume = () => request.resume();
  };
  const answered = started.api.invoke(event, { read, timeoutMs: 3000 });
  await started.child.until(({ stderr }) => stderr.includes('invocation_timeout'));
  assert.equal(textOf(await started.api.invoke({ way: 'text' })), 'abé');
  const timeout = started.child.events.find(({ event }) => event === 'invocation_timeout');
  const trace = timeout?.['trace'] as string[];
  assert.equal(trace.at(-1), 'waiting for 1 reader of the response: it takes no more');
  resume();
  assert.ok(!(await answered).isWhole);
});

test('20 MB in small chunks arrive whole, with backpressure ignored as well', async (t) => {
  const started = await startStreams(t, undefined, { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' });
  for (const ignores of [false, true]) {
    const event = { way: 'many', count: 20_480, size: 1024, ignores };
    const answer = await started.api.invoke(event);
    assert.equal(answer.bytes, 20 * MB);
    assert.ok(answer.isWhole);
  }
  await checkServes(started);
});

if (process.platform === 'linux') {
  test('200 MB to a slow reader stay within 64 MB of memory', async (t) => {
    const started = await startStreams(t);
    const { api, child } = started;
    await api.invoke({ way: 'many', count: 16, size: 65_536 });
    const residentMb = (): number => {
      const status = readFileSync(`/proc/${child.child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    };
    const startMb = residentMb();
    let mostMb = startMb;
    const read: Read = (request, response) => {
      accept(request, response);
      let bytes = 0;
      request.on('data', ({ byteLength }: Buffer) => {
        bytes += byteLength;
        if (bytes < MB) return;
        bytes = 0;
        mostMb = Math.max(mostMb, residentMb());
        request.pause();
        setTimeout(() => request.resume(), 15);
      });
    };
    const event = { way: 'many', count: 3200, size: 65_536 };
    const answer = await api.invoke(event, { read, timeoutMs: 60_000 });
    assert.equal(answer.bytes, 200 * MB);
    assert.ok(mostMb - startMb < 64, `from ${startMb} to ${mostMb} MB`);
    await checkServes(started);
  });
}
