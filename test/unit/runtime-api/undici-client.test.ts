import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../../../src/runtime-api/undici-client.ts', import.meta.url));

test('loading the client loads neither HTTP/2 nor the rest of undici', () => {
  const program = `
    const { createRequire } = await import('node:module');
    const { Client } = await import(${JSON.stringify(FILE)});
    const files = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify({
      client: typeof Client,
      http2: process.moduleLoadList.includes('NativeModule http2'),
      index: files.some((file) => /undici.index\\.js$/.test(file)),
      fetch: files.some((file) => /undici.lib.web/.test(file)),
    }));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program]);
  assert.deepEqual(JSON.parse(output.toString()), {
    client: 'function',
    http2: false,
    index: false,
    fetch: false,
  });
});

test('whoever asks for undici itself still gets all of it', async () => {
  await import('../../../src/runtime-api/undici-client.ts');
  const require = createRequire(import.meta.url);
  const { connectH2 } = require('undici/lib/dispatcher/client-h2.js') as Record<string, unknown>;
  assert.notEqual(require('undici/lib/dispatcher/client-h2.js'), undefined);
  assert.equal(connectH2, undefined, 'the module exports the connector itself');
  assert.equal(typeof require('undici').fetch, 'function');
});
