// Every state of the environment against every call of the Runtime API, over HTTP.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import type { Emulator } from '../../src/emulator/emulator.ts';
import {
  answerPath,
  INIT_ERROR,
  idOf,
  next,
  openCall,
  post,
  type RawReply,
  startBare,
  until,
} from '../unit/emulator/support/raw-runtime.ts';

type Scene = {
  readonly emulator: Emulator;
  readonly id: string;
  /** A poll that waits already; it is served before any other. */
  readonly earlier?: Promise<RawReply>;
};
type Call = 'next' | 'response' | 'error' | 'initError' | 'response to another id';

const CALLS: readonly Call[] = ['next', 'response', 'error', 'initError', 'response to another id'];

/** Written out from section 3.1. `parks`: no reply before there is an event; `delivers`: one. */
const ROWS: readonly (readonly [string, ...('parks' | 'delivers' | number)[]])[] = [
  // state, next, response, error, init/error, response to another id
  ['Started', 'parks', 400, 400, 202, 400],
  ['Started with an invocation that waits for Init', 'delivers', 403, 403, 202, 400],
  ['InitError', 403, 400, 400, 403, 400],
  ['Ready', 'parks', 400, 400, 403, 400],
  ['Running', 200, 202, 202, 403, 400],
  ['InvocationResponse', 403, 403, 403, 403, 400],
  ['InvocationErrorResponse', 403, 403, 403, 403, 400],
  ['RuntimeResponseSent', 'parks', 403, 403, 403, 400],
];

const ERROR_TYPES: { readonly [status: number]: string } = {
  400: 'InvalidRequestID',
  403: 'InvalidStateTransition',
};

for (const [state, ...outcomes] of ROWS) {
  for (const [index, call] of CALLS.entries()) {
    const outcome = outcomes[index] ?? 0;

    test(`${call} in ${state}: ${outcome}`, async (t) => {
      const scene = await bring(t, state);

      const reply = send(scene, call);

      if (typeof outcome === 'number') await checkReply(await reply, outcome);
      else if (outcome === 'parks') await checkParked(scene, reply);
      else assert.equal((await reply).text, '{"n":1}');
    });
  }
}

function send({ emulator, id }: Scene, call: Call): Promise<RawReply> {
  switch (call) {
    case 'next':
      return next(emulator);
    case 'response':
    case 'error':
      return post(emulator, answerPath(id, call), { body: '{}' });
    case 'initError':
      return post(emulator, INIT_ERROR, { body: '{}' });
    case 'response to another id':
      return post(emulator, answerPath('no-such-id'), { body: '{}' });
  }
}

async function checkReply(reply: RawReply, status: number): Promise<void> {
  assert.equal(reply.status, status);
  if (status === 202) assert.equal(reply.text, '{"status":"OK"}\n');
  const errorType = ERROR_TYPES[status];
  if (errorType === undefined) return;
  assert.equal(reply.headers['content-type'], 'application/json');
  assert.equal(JSON.parse(reply.text).errorType, errorType);
}

/** A parked poll shows by getting the next event, after the polls that were there before it. */
async function checkParked({ emulator, earlier }: Scene, reply: Promise<RawReply>): Promise<void> {
  await emulator.waitForPoll();
  if (earlier !== undefined) {
    await until(() => emulator.exchanges.length === 2);
    const served = emulator.invoke({ n: 'earlier' });
    const event = await earlier;
    assert.equal(event.text, '{"n":"earlier"}');
    await post(emulator, answerPath(idOf(event)), { body: '1' });
    // The environment is free only after one more poll.
    next(emulator).catch(() => {});
    await served;
    await emulator.waitForPoll();
  }
  void emulator.invoke({ n: 'parked' });
  const event = await reply;
  assert.equal(event.status, 200);
  assert.equal(event.text, '{"n":"parked"}');
}

/** Leads a fresh emulator into a state; the id is of the current invocation, if there is one. */
async function bring(t: TestContext, state: string): Promise<Scene> {
  const emulator = await startBare(t);
  const id = 'current';
  switch (state) {
    case 'Started':
      return { emulator, id };
    case 'Started with an invocation that waits for Init': {
      // A failed first Init is answered to the first invocation; Init is then part of the second.
      await post(emulator, INIT_ERROR, { body: '{}' });
      await emulator.invoke();
      void emulator.invoke({ n: 1 }, { requestId: id });
      // Taken up without any exchange: the reset before it has ended, two turns are enough.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      return { emulator, id };
    }
    case 'InitError':
      await post(emulator, INIT_ERROR, { body: '{}' });
      return { emulator, id };
    case 'Ready': {
      const earlier = next(emulator);
      // Polls that nobody serves end with the emulator.
      earlier.catch(() => {});
      await emulator.waitForPoll();
      return { emulator, id, earlier };
    }
    default:
      return await bringRunning(emulator, state, id);
  }
}

async function bringRunning(emulator: Emulator, state: string, id: string): Promise<Scene> {
  void emulator.invoke({ n: 1 }, { requestId: id });
  assert.equal(idOf(await next(emulator)), id);
  if (state === 'RuntimeResponseSent') {
    assert.equal((await post(emulator, answerPath(id), { body: '1' })).status, 202);
  }
  if (state === 'InvocationResponse' || state === 'InvocationErrorResponse') {
    const verb = state === 'InvocationResponse' ? 'response' : 'error';
    const { request, reply } = openCall(emulator.runtimeApi, 'POST', answerPath(id, verb), {
      headers: { 'content-length': '10' },
    });
    reply.catch(() => {});
    request.write('half ');
  }
  await until(() => emulator.state === state);
  return { emulator, id };
}
