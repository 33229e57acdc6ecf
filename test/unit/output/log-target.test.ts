import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLogTarget } from '../../../src/output/log-target.ts';
import { openPipe } from '../../support/pipe.ts';
import { makeFolder } from '../workers/temporary-folder.ts';

const FRAMES = '_LAMBDA_TELEMETRY_LOG_FD';
const SOCKET = '_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET';

test('without a variable lines go to stdout', async () => {
  assert.deepEqual(await openLogTarget({}, false), { target: undefined, problem: undefined });
  assert.deepEqual(await openLogTarget({}, true), { target: undefined, problem: undefined });
});

for (const text of ['', '0', '-3', '3.5', 'three', 'NaN']) {
  test(`"${text}" is no descriptor, and leaves the environment`, async () => {
    const env = { [FRAMES]: text };
    assert.deepEqual(await openLogTarget(env, false), { target: undefined, problem: undefined });
    assert.deepEqual(env, {});
  });
}

test('a pipe gets frames, and does not block from then on', async () => {
  const { reader, writeFd } = openPipe();
  const env = { [FRAMES]: ` ${writeFd}`, OTHER: 'stays' };

  const { target, problem } = await openLogTarget(env, false);

  assert.deepEqual([target?.fd, target?.isFramed, problem], [writeFd, true, undefined]);
  assert.deepEqual(env, { OTHER: 'stays' });
  const fill = (): void => {
    for (;;) writeSync(writeFd, Buffer.alloc(4096));
  };
  assert.throws(fill, { code: 'EAGAIN' });
  reader.destroy();
});

test('a file gets frames as well', async (t) => {
  const fd = openSync(join(makeFolder(t, {}), 'log'), 'w');
  const { target } = await openLogTarget({ [FRAMES]: String(fd) }, false);
  assert.equal(target?.fd, fd);
  closeSync(fd);
});

test('a descriptor that is not open is told, and lines go to stdout', async () => {
  const { target, problem } = await openLogTarget({ [FRAMES]: '9999' }, false);
  assert.equal(target, undefined);
  assert.match(problem ?? '', /descriptor 9999 of _LAMBDA_TELEMETRY_LOG_FD: EBADF; lines go to/);
});

test('with several events at once lines go to the socket, and no number is read', async (t) => {
  const path = join(makeFolder(t, {}), 'socket');
  let end: (text: string) => void = () => {};
  const arrived = new Promise<string>((resolve) => {
    end = resolve;
  });
  const server = createServer((socket) =>
    socket.once('data', (data) => {
      end(data.toString());
      socket.destroy();
    }),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  const env = { [SOCKET]: path, [FRAMES]: '9999' };

  const { target } = await openLogTarget(env, true);

  assert.equal(target?.isFramed, false);
  writeSync(target?.fd ?? -1, '{"a":1}\n');
  assert.equal(await arrived, '{"a":1}\n');
  assert.deepEqual(env, { [SOCKET]: path, [FRAMES]: '9999' });
});

test('a socket on which nobody listens is an error that names it', async (t) => {
  const path = join(makeFolder(t, {}), 'nobody');
  await assert.rejects(openLogTarget({ [SOCKET]: path }, true), {
    errorType: 'Runtime.PlatformError',
    message: new RegExp(`^Failed to connect to telemetry socket: connect ENOENT ${path}`),
  });
});
