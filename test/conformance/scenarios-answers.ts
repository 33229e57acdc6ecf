// What goes in and comes out of a function that works.
import assert from 'node:assert/strict';

import type { Failure } from './check.ts';
import type { Caller } from './host.ts';
import type { Scenario } from './scenario.ts';

const ECHO = 'fixtures/handlers/echo.handler';
const IDENTITY = 'conformance/handlers/probe.identity';
const CONTEXT = 'conformance/handlers/probe.context';

type Echo = { readonly event: unknown; readonly count: number; readonly pid: number };
type Facts = {
  readonly requestId: string;
  readonly clientContext: unknown;
  readonly memoryLimitInMB: string;
  readonly functionName: string;
  readonly invokedFunctionArn: string;
  readonly remainingMs: number;
};

const LARGE_BYTES = 5 * 1024 * 1024;
const SEQUENTIAL_COUNT = 200;

export const answers: readonly Scenario[] = [
  {
    name: 'an event becomes a result',
    handler: ECHO,
    run: async (caller) => {
      const result = await caller.invoke<Echo>({ name: 'Ada', list: [1, 2.5, -3e-7] });

      assert.deepEqual(result.event, { name: 'Ada', list: [1, 2.5, -3e-7] });
      assert.equal(result.count, 1);
    },
  },
  {
    name: 'text of any script arrives and returns unchanged',
    handler: IDENTITY,
    run: async (caller) => {
      const event = {
        'ключ 鍵': 'žluťoučký 👩‍👩‍👧 \u0000\u001f\u2028 " \\ / </script>',
        lone: '\ud800',
      };

      assert.deepEqual(await caller.invoke(event), event);
    },
  },
  {
    name: 'values that look like nothing are results',
    handler: IDENTITY,
    run: async (caller) => {
      for (const value of ['null', '""', '0', 'false', '[]', '{}']) {
        assert.equal((await caller.send(value)).text, value);
      }
    },
  },
  {
    name: '5 MB arrive and return unchanged',
    handler: IDENTITY,
    run: async (caller) => {
      const pattern = 'ascii, ünïcode, 漢字, 👍; ';
      const count = Math.floor(LARGE_BYTES / Buffer.byteLength(pattern));
      const event = JSON.stringify({ text: pattern.repeat(count), last: true });

      const { text } = await caller.send(event);

      // Not assert.equal: it would print both.
      assert.ok(text === event, `${text.length} characters came back: ${text.slice(0, 200)}`);
    },
  },
  {
    name: '200 events, one after the other, get each its own result from one process',
    handler: ECHO,
    run: checkSequence,
  },
  {
    name: 'an event that is not JSON is an error and harms no other event',
    handler: ECHO,
    run: checkBadJson,
  },
  {
    name: 'a client context reaches the handler',
    handler: CONTEXT,
    run: async (caller) => {
      const clientContext = { custom: { tag: 'né' }, client: { app_title: 'tests' } };
      const header = Buffer.from(JSON.stringify(clientContext)).toString('base64');

      const seen = await caller.invoke<Facts>({}, { 'X-Amz-Client-Context': header });
      const without = await caller.invoke<Facts>({});

      assert.deepEqual(seen.clientContext, clientContext);
      assert.equal(without.clientContext, undefined);
    },
  },
  {
    name: 'the context knows the function, the invocation and the time that is left',
    handler: CONTEXT,
    timeoutMs: 5000,
    memoryMb: 320,
    run: checkContext,
  },
  {
    name: 'a line of the log reaches the log of the host and carries the request id',
    handler: CONTEXT,
    run: async (caller) => {
      for (const marker of ['first', 'second']) {
        const { requestId } = await caller.invoke<Facts>({ marker });

        // The log has a way of its own to the host; it may take longer than the result's.
        await caller.output.waitFor(
          new RegExp(`^\\S+Z\\t${requestId}\\tINFO\\tmarker ${marker}$`, 'm'),
        );
      }
    },
  },
];

async function checkSequence(caller: Caller): Promise<void> {
  const pids = new Set<number>();
  for (let number = 1; number <= SEQUENTIAL_COUNT; number += 1) {
    const event = { number, padding: String(number).repeat(number) };
    const result = await caller.invoke<Echo>(event);

    assert.deepEqual(result.event, event);
    assert.equal(result.count, number, 'the state of the module lives on');
    pids.add(result.pid);
  }
  assert.equal(pids.size, 1);
}

async function checkBadJson(caller: Caller): Promise<void> {
  const { pid } = await caller.invoke<Echo>('before');
  for (const event of ['{"half":', 'text', "{'single': 1}"]) {
    const failure = await caller.send(event).then(({ text }) => JSON.parse(text) as object);

    if (caller.host.refusesBadJson) {
      assert.match(JSON.stringify(failure), /JSON/);
    } else {
      const { errorType, errorMessage } = failure as Failure;
      assert.equal(errorType, 'Runtime.InvalidEvent');
      assert.match(errorMessage, /^Cannot parse the event as JSON: /);
    }
  }
  const after = await caller.invoke<Echo>('after');
  assert.deepEqual([after.event, after.count, after.pid], ['after', 2, pid]);
}

async function checkContext(caller: Caller): Promise<void> {
  // The first event pays for Init with AWS's emulator, and has less time left.
  const first = await caller.invoke<Facts>({});
  const second = await caller.invoke<Facts>({});

  assert.ok(first.remainingMs > 0 && first.remainingMs <= 5000, `${first.remainingMs} ms`);
  assert.ok(second.remainingMs > 4000 && second.remainingMs <= 5000, `${second.remainingMs} ms`);
  assert.match(first.requestId, /^[0-9a-f-]{36}$/);
  assert.notEqual(first.requestId, second.requestId);
  assert.equal(first.memoryLimitInMB, '320');
  assert.equal(first.functionName, 'function');
  assert.match(first.invokedFunctionArn, /^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:function$/);
}
