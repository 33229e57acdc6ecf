// What is wrong with how the runtime is started is said on stderr, once and clearly, and reported
// to the Runtime API where there is one; the process then ends, whatever that one does.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { type ChildOptions, RuntimeChild } from '../support/runtime-child.ts';

/** From start to end, ms, when there is nothing to wait for; on a busy machine. */
const LIFE_MS_MAX = 3000;

type Row = {
  readonly what: string;
  readonly options: Omit<ChildOptions, 'runtimeApi'>;
  readonly errorType: string;
  /** All of stderr. */
  readonly says: RegExp;
};

const refused: readonly Row[] = [
  {
    what: 'no handler',
    options: {},
    errorType: 'Runtime.HandlerNotGiven',
    says: /^bulkhead: Cannot start: no handler is given\. Name it as FILE\.EXPORT, .*_HANDLER\n$/,
  },
  {
    what: 'an empty handler',
    options: { env: { _HANDLER: '' } },
    errorType: 'Runtime.HandlerNotGiven',
    says: /^bulkhead: Cannot start: no handler is given/,
  },
  {
    what: 'an unknown setting',
    options: { handler: 'echo.handler', env: { BULKHEAD_STANBY: '1' } },
    errorType: 'Runtime.InvalidSetting',
    says: /^bulkhead: Cannot use the setting "BULKHEAD_STANBY": .* BULKHEAD_STANDBY, .*\n$/,
  },
  {
    what: 'a folder for profiles that is not there',
    options: { handler: 'echo.handler', env: { BULKHEAD_PROFILE_DIR: '/no/such' } },
    errorType: 'Runtime.InvalidSetting',
    says: /^bulkhead: Cannot use BULKHEAD_PROFILE_DIR="\/no\/such": there is no such folder; .*\n$/,
  },
  ...(
    [
      ['BULKHEAD_STANDBY', '17', 'a whole number from 0 to 16'],
      ['BULKHEAD_STANDBY', 'one', 'a whole number from 0 to 16'],
      ['BULKHEAD_DEADLINE_MARGIN_MS', '0', 'a whole number from 1 to 60000'],
      ['BULKHEAD_ISOLATION', 'process', '"shared", "invocation", "tenant" or "none"'],
      ['BULKHEAD_RECYCLE_AFTER', '0', 'a whole number from 1 to 999999999'],
      ['BULKHEAD_STUCK_LIMIT', 'many', 'a whole number from 0 to 1000'],
      ['BULKHEAD_PIPELINING', 'yes', '"auto", "on" or "off"'],
      ['BULKHEAD_METRICS_PORT', '70000', 'a port from 1 to 65535'],
    ] as const
  ).map(([name, value, accepts]) => ({
    what: `${name}=${value}`,
    options: { handler: 'echo.handler', env: { [name]: value } },
    errorType: 'Runtime.InvalidSetting',
    says: new RegExp(`^bulkhead: Cannot use ${name}="${value}": it accepts ${accepts}\\n$`),
  })),
];

describe('a start that is refused', { concurrency: 2 }, () => {
  for (const row of refused) {
    test(`because of ${row.what} is told on stderr and to the Runtime API`, (context) =>
      checkRefused(context, row));
  }
});

async function checkRefused(context: TestContext, row: Row): Promise<void> {
  const emulator = await Emulator.start({ onLog: () => {} });
  context.after(() => emulator.close());
  const child = new RuntimeChild(context, { ...row.options, runtimeApi: emulator.runtimeApi });
  await checkEnd(child, 2, row.says);

  assert.equal(child.stdout, '');
  assert.deepEqual(
    emulator.exchanges.map(({ endpoint, status }) => `${endpoint} ${status}`),
    ['initError 202'],
  );
  const [posted] = emulator.exchanges;
  assert.equal(posted?.requestHeaders['lambda-runtime-function-error-type'], row.errorType);
  const { errorType, errorMessage } = JSON.parse(String(posted?.requestBody));
  assert.equal(errorType, row.errorType);
  assert.equal(`bulkhead: ${errorMessage}\n`, child.stderr);
}

test('outside Lambda the command that works there is named', async (context) => {
  const child = new RuntimeChild(context, { handler: 'echo.handler' });
  await checkEnd(child, 2, /^bulkhead: .*AWS_LAMBDA_RUNTIME_API.*bulkhead dev echo\.handler\n$/);
});

const MALFORMED = ['localhost', ':9001', '127.0.0.1:', 'http://127.0.0.1:9001', 'a:b', '[::1]:9'];

describe('an address that cannot be read', { concurrency: 2 }, () => {
  for (const runtimeApi of [...MALFORMED, '127.0.0.1:65536', '127.0.0.1:080']) {
    for (const env of [{}, { BULKHEAD_STANDBY: 'x' }]) {
      test(`is named: ${runtimeApi} ${JSON.stringify(env)}`, async (context) => {
        const child = new RuntimeChild(context, { handler: 'echo.handler', runtimeApi, env });
        const what = 'BULKHEAD_STANDBY' in env ? 'BULKHEAD_STANDBY="x"' : 'AWS_LAMBDA_RUNTIME_API=';
        await checkEnd(child, 2, new RegExp(`^bulkhead: Cannot use ${what}.*\\n$`));
      });
    }
  }
});

test('an address where nobody listens is named, with what to do', async (context) => {
  const runtimeApi = await freeAddress();
  const child = new RuntimeChild(context, { handler: 'echo.handler', runtimeApi });
  // Four pauses, 1.5 s in all, lie between the five attempts.
  await checkEnd(
    child,
    1,
    /Cannot reach the Runtime API at .*ECONNREFUSED.*5 attempts.*dev HANDLER/,
  );
  assert.ok(child.stderr.includes(runtimeApi));
});

test('an Init error that cannot be delivered ends the process all the same', async (context) => {
  const runtimeApi = await freeAddress();
  const child = new RuntimeChild(context, { handler: 'absent.handler', runtimeApi });
  await checkEnd(child, 1, /init_error_not_posted.*ECONNREFUSED.*\n.*Init failed/);
});

test('bad settings end the process although nobody listens', async (context) => {
  const runtimeApi = await freeAddress();
  const child = new RuntimeChild(context, { runtimeApi });
  await checkEnd(child, 2, /^bulkhead: Cannot start: no handler is given/);
});

describe('a Runtime API that accepts the init error and never replies', { concurrency: 2 }, () => {
  for (const [handler, exitCode] of [
    ['absent.handler', 1],
    [undefined, 2],
  ] as const) {
    test(`does not keep the process, ${handler ?? 'no handler'}`, async (context) => {
      const runtimeApi = await silentServer(context);
      const child = new RuntimeChild(context, { handler, runtimeApi });
      await checkEnd(child, exitCode, /./);
    });
  }
});

async function checkEnd(child: RuntimeChild, exitCode: number, says: RegExp): Promise<void> {
  const end = await child.ended;
  const lifeMs = end.endedAtMs - child.startedAtMs;
  assert.equal(end.exitCode, exitCode, child.text);
  assert.match(child.stderr, says);
  // A stack would mean that we had not expected it.
  assert.doesNotMatch(child.stderr, /\n {4}at /);
  assert.ok(lifeMs < LIFE_MS_MAX, `it took ${lifeMs} ms to end`);
}

/** Nobody has it now, and nobody is given it soon again. */
async function freeAddress(): Promise<string> {
  const server = await listen(createServer());
  const address = addressOf(server);
  server.close();
  await once(server, 'close');
  return address;
}

async function silentServer(context: TestContext): Promise<string> {
  const server = createServer((socket) => {
    socket.resume();
    context.after(() => socket.destroy());
  });
  context.after(() => server.close());
  return addressOf(await listen(server));
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
