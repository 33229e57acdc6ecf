import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type EmulatorOptions, parseOptions } from '../../../src/emulator/emulator-options.ts';
import { toRuntimeCommand, toRuntimeEnv } from '../../../src/emulator/runtime-environment.ts';

const BAD: readonly (readonly [EmulatorOptions, RegExp])[] = [
  [{ port: -1 }, /port="-1": it accepts a whole number from 0 to 65535/],
  [{ runtimeApiPort: 70_000 }, /runtimeApiPort="70000"/],
  [{ functionUrlPort: 1.5 }, /functionUrlPort="1.5": it accepts a whole number from 0 to 65535/],
  [{ timeoutMs: 0 }, /timeoutMs="0": it accepts a whole number from 1 to 900000/],
  [{ timeoutMs: 1.5 }, /timeoutMs="1.5"/],
  [{ memoryMb: Number.NaN }, /memoryMb="NaN"/],
  [{ queueLength: -1 }, /queueLength="-1"/],
  [{ concurrency: 0 }, /concurrency="0": it accepts a whole number from 1 to 1000/],
  [{ concurrency: 1001 }, /concurrency="1001"/],
  [{ concurrency: 2, snapStart: true }, /snapStart="true": it accepts false when "concurrency" is/],
  [
    { concurrency: 2, env: { AWS_LAMBDA_MAX_CONCURRENCY: '3' } },
    /env\.AWS_LAMBDA_MAX_CONCURRENCY="3": "concurrency" is 2 and sets it; leave one of the two out/,
  ],
  [{ functionName: 'a b' }, /functionName="a b"/],
  [{ accountId: '12' }, /accountId="12": it accepts twelve digits/],
  [{ command: [] }, /command="\[\]"/],
  [{ handler: '' }, /handler=""/],
  [{ routes: { metrics: () => ({ status: 200, contentType: 'a/b', body: '' }) } }, /routes=/],
  [{ routes: { '/2021-11-15/x': () => ({ status: 200, contentType: '', body: '' }) } }, /routes=/],
];

for (const [options, text] of BAD) {
  test(`${JSON.stringify(options)} is refused by a text that says what is accepted`, () => {
    assert.throws(() => parseOptions(options), { name: 'TypeError', message: text });
  });
}

test('the runtime gets the variables of Lambda, and the user has the last word', () => {
  const config = parseOptions({
    handler: 'index.handler',
    root: '/srv/code',
    functionName: 'f',
    memoryMb: 512,
    region: 'eu-west-1',
    env: { TZ: 'Europe/Paris', EXTRA: '1', AWS_REGION: undefined },
  });

  const env = toRuntimeEnv(config, '127.0.0.1:1', 'stream');

  assert.equal(env['AWS_LAMBDA_RUNTIME_API'], '127.0.0.1:1');
  assert.equal(env['_HANDLER'], 'index.handler');
  assert.equal(env['LAMBDA_TASK_ROOT'], '/srv/code');
  assert.equal(env['AWS_LAMBDA_FUNCTION_NAME'], 'f');
  assert.equal(env['AWS_LAMBDA_FUNCTION_VERSION'], '$LATEST');
  assert.equal(env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'], '512');
  assert.equal(env['AWS_LAMBDA_LOG_GROUP_NAME'], '/aws/lambda/f');
  assert.equal(env['AWS_LAMBDA_LOG_STREAM_NAME'], 'stream');
  assert.equal(env['AWS_LAMBDA_INITIALIZATION_TYPE'], 'on-demand');
  assert.equal(env['AWS_DEFAULT_REGION'], 'eu-west-1');
  assert.equal(env['TZ'], 'Europe/Paris');
  assert.equal(env['EXTRA'], '1');
  assert.ok(!('AWS_REGION' in env));
  assert.equal(env['PATH'], process.env['PATH']);
  assert.ok(env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY']);
});

test('only Managed Instances have a concurrency in the environment, and 130 s for Init', () => {
  const standard = parseOptions({});
  const shared = parseOptions({ concurrency: 7 });

  const names = ['AWS_LAMBDA_MAX_CONCURRENCY', 'AWS_LAMBDA_INITIALIZATION_TYPE'];
  const [before, after] = [standard, shared].map((config) => {
    const env = toRuntimeEnv(config, '127.0.0.1:1', 'stream');
    return names.map((name) => env[name]);
  });
  assert.deepEqual(before, [undefined, 'on-demand']);
  assert.deepEqual(after, ['7', 'lambda-managed-instances']);
  assert.deepEqual([standard.initTimeoutMs, shared.initTimeoutMs], [10_000, 130_000]);
  const own = parseOptions({ env: { AWS_LAMBDA_MAX_CONCURRENCY: '3' } });
  assert.equal(toRuntimeEnv(own, '127.0.0.1:1', 'stream')['AWS_LAMBDA_MAX_CONCURRENCY'], '3');
});

test('variables of the host that change what a runtime is are not inherited', (t) => {
  const names = ['AWS_LAMBDA_MAX_CONCURRENCY', '_X_AMZN_TRACE_ID', 'NODE_TEST_CONTEXT'];
  const before = names.map((name) => process.env[name]);
  t.after(() => {
    for (const [index, name] of names.entries()) {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  for (const name of names) process.env[name] = 'host';

  const env = toRuntimeEnv(parseOptions({}), '127.0.0.1:1', 'stream');

  for (const name of names) assert.ok(!(name in env), name);
  const wanted = parseOptions({ env: { AWS_LAMBDA_MAX_CONCURRENCY: '4' } });
  assert.equal(toRuntimeEnv(wanted, '', '')['AWS_LAMBDA_MAX_CONCURRENCY'], '4');
});

test('a handler is run by the command line of this package, a command is run as given', () => {
  const [program, cli, verb, handler] = toRuntimeCommand(parseOptions({ handler: 'a.b' })) ?? [];
  assert.equal(program, process.execPath);
  assert.match(String(cli), /src[\\/]cli\.ts$/);
  assert.deepEqual([verb, handler], ['start', 'a.b']);

  const command = ['bootstrap', 'x'];
  assert.deepEqual(toRuntimeCommand(parseOptions({ handler: 'a.b', command })), command);
  assert.equal(toRuntimeCommand(parseOptions({})), undefined);
});
