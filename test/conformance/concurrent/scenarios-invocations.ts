// What belongs to one of several invocations at once: its context, its errors, its lines of the
// log, its stream.
import assert from 'node:assert/strict';

import { checkCapacity, releaseWell, toFailure } from './check.ts';
import type { SharedCaller } from './host.ts';
import type { SharedScenario } from './scenario.ts';

const AT_ONCE = 8;
const STEPS = 12;
/** Halves of a stream are more than one message. */
const COUNT = 20_000;

type Line = {
  readonly requestId?: string;
  readonly level?: string;
  readonly message?: string | { readonly leaves: string };
};

export const invocations: readonly SharedScenario[] = [
  {
    name: 'each invocation has its own context and its own store, whoever runs in between',
    concurrency: AT_ONCE,
    run: checkContext,
  },
  {
    name: 'errors that handlers throw go each to its own caller, and harm nobody',
    concurrency: AT_ONCE,
    run: checkErrors,
  },
  {
    name: 'each line of the log is JSON and has the id of the invocation that wrote it',
    handler: 'logs',
    concurrency: AT_ONCE,
    run: checkLog,
  },
  {
    name: 'several streams at once arrive whole, in any order',
    handler: 'streams',
    concurrency: AT_ONCE,
    run: checkStreams,
  },
  {
    name: 'a stream that fails in the middle leaves the others alone',
    handler: 'streams',
    concurrency: AT_ONCE,
    run: checkFailedStream,
  },
];

async function checkContext(caller: SharedCaller): Promise<void> {
  const traces = Array.from({ length: AT_ONCE }, (_, at) => {
    return `Root=1-6a000000-${String(at).padStart(24, '0')};Parent=00000000000000aa;Sampled=1`;
  });
  const held = await Promise.all(
    traces.map((trace, at) => {
      return caller.hold({ label: `own ${at}` }, { headers: { 'X-Amzn-Trace-Id': trace } });
    }),
  );
  const all = await releaseWell(caller, held.toReversed());

  const threads = new Set(all.map(({ after }) => after.threadId));
  assert.ok(threads.size < AT_ONCE, 'no thread has had two at once');
  for (const [at, { before, after }] of all.toReversed().entries()) {
    const { requestId } = held[at] ?? {};
    for (const facts of [before, after]) {
      const { storeRequestId, traceId, storeTraceId, own, envTraceId } = facts;
      assert.deepEqual(
        { storeRequestId, traceId, storeTraceId, own, envTraceId },
        {
          storeRequestId: requestId,
          traceId: traces[at],
          storeTraceId: traces[at],
          own: `own ${at}`,
          envTraceId: null,
        },
      );
    }
    assert.ok(before.remainingMs >= after.remainingMs && after.remainingMs > 0);
  }
}

async function checkErrors(caller: SharedCaller): Promise<void> {
  const pid = await checkCapacity(caller);
  const failing = await caller.fill(AT_ONCE / 2);
  const well = await caller.fill(AT_ONCE / 2);

  const failed = await caller.release(failing.toReversed(), 'throws');

  for (const reply of failed) {
    const { errorType, errorMessage, trace } = toFailure(reply);
    assert.equal(errorType, 'RangeError');
    assert.equal(errorMessage, `thrown by ${reply.requestId}`);
    assert.match((trace ?? []).join('\n'), /concurrent\.mjs:\d+/);
  }
  await releaseWell(caller, well);
  await checkCapacity(caller, pid);
}

async function checkLog(caller: SharedCaller): Promise<void> {
  const held = await caller.fill(AT_ONCE, { steps: STEPS });
  // All at once: their lines come in turns.
  const replies = await caller.release(held);
  for (const { requestId, text } of replies) assert.equal(text, JSON.stringify(requestId));
  // The log has a way of its own to the host.
  for (const { requestId } of held) {
    await caller.output.waitFor(new RegExp(`^\\{.*"leaves":"${requestId}".*\\}$`, 'm'));
  }

  const lines = caller.output.text.split('\n').filter((line) => /call-\d+-\d+ /.test(line));
  const said = lines.filter((line) => /(arrives|step \d+)/.test(line)).map(toLine);
  assert.equal(said.length, AT_ONCE * (STEPS + 1));
  const writers = said.map(({ requestId, message, level }) => {
    assert.match(String(message), new RegExp(`^${requestId} (arrives|step \\d+)$`));
    const isOdd = /step \d*[13579]$/.test(String(message));
    assert.equal(level, isOdd ? 'ERROR' : 'INFO');
    return requestId;
  });
  const turns = writers.filter((writer, at) => writer !== writers[at - 1]).length;
  assert.ok(turns > AT_ONCE, `they wrote one after the other: ${turns} turns`);
}

/** @throws SyntaxError when it is not JSON. */
function toLine(line: string): Line {
  return JSON.parse(line) as Line;
}

function toBody(requestId: string): string {
  return `${requestId} `.repeat(COUNT) + ` ${requestId}`.repeat(COUNT);
}

async function checkStreams(caller: SharedCaller): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    const held = await caller.fill(AT_ONCE, { count: COUNT });
    const replies = await caller.release(held.toReversed());

    for (const { requestId, text, errorType } of replies) {
      assert.equal(errorType, undefined, text);
      // Not assert.equal: it would print both.
      assert.ok(text === toBody(requestId), `${text.length} characters came: ${text.slice(0, 99)}`);
    }
  }
}

async function checkFailedStream(caller: SharedCaller): Promise<void> {
  const held = await caller.fill(AT_ONCE - 1, { count: COUNT });
  const failing = await caller.hold({ count: COUNT });

  const [failed] = await caller.release([failing], 'throws');
  const replies = await caller.release(held);

  assert.ok(failed !== undefined);
  const { errorType, errorMessage } = toFailure(failed);
  assert.deepEqual([errorType, errorMessage], ['RangeError', `thrown by ${failed.requestId}`]);
  for (const { requestId, text } of replies) {
    assert.ok(text === toBody(requestId), `${text.length} characters came: ${text.slice(0, 99)}`);
  }
}
