import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlatforms, transportTo } from '../../../src/runtime-api/open-transport.ts';
import { SocketTransport } from '../../../src/runtime-api/socket-transport.ts';
import { UndiciTransport } from '../../../src/runtime-api/undici-transport.ts';

const HOSTS = {
  '127.0.0.1': true,
  '127.0.1.7': true,
  localhost: true,
  '169.254.100.1': true,
  '10.0.0.1': false,
  'proxy.internal': false,
};

for (const [host, isLocal] of Object.entries(HOSTS)) {
  test(`${host} is ${isLocal ? '' : 'not '}the platform's`, async () => {
    const address = { host, port: 9001 };
    assert.equal(isPlatforms(address), isLocal);
    const transport = (await transportTo(address))({ pipelining: false });
    assert.ok(transport instanceof (isLocal ? SocketTransport : UndiciTransport));
    await transport.close();
  });
}
