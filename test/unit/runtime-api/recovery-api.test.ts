import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecoveryApi, toRecoveryApi } from '../../../src/runtime-api/recovery-api.ts';
import type { Reply, RequestParts } from '../../../src/runtime-api/transport.ts';
import { FAILURE, KEY } from '../../support/scripted-transport.ts';

type Scripted = { readonly status: number; readonly body?: string } | Error;

function play(...script: Scripted[]) {
  const sent: RequestParts[] = [];
  const left = [...script];
  const api = toRecoveryApi({
    exchange: async (parts): Promise<Reply> => {
      sent.push(parts);
      const reply = left.shift();
      assert.ok(reply !== undefined, 'it asked more often than the script says');
      if (reply instanceof Error) throw reply;
      const body = new TextEncoder().encode(reply.body ?? '');
      return { status: reply.status, headers: {}, body };
    },
    close: async () => {},
  });
  return { api, sent };
}

function refusal(state: string): Scripted {
  const transition = `State transition from ${state} to InitError failed for runtime`;
  const errorMessage = `${transition}. Error: State transition is not allowed`;
  return {
    status: 403,
    body: JSON.stringify({ errorType: 'InvalidStateTransition', errorMessage }),
  };
}

const ERROR = { errorType: 'Runtime.ExitError', errorMessage: 'why', trace: [] };

test('an answer is sent as any other, and its status is what counts', async () => {
  for (const status of [202, 400, 403, 410, 500]) {
    const { api, sent } = play({ status });
    assert.equal(await api.answer(KEY, FAILURE), status);
    const [request] = sent;
    assert.equal(request?.path, '/2018-06-01/runtime/invocation/id%201%2F%23/error');
    assert.ok(request?.headers.includes(KEY.invocationId));
  }
});

test('a connection may be lost once', async () => {
  const lost = new Error('ECONNRESET');
  assert.equal(await play(lost, { status: 403 }).api.answer(KEY, FAILURE), 403);
  await assert.rejects(play(lost, lost).api.answer(KEY, FAILURE), /ECONNRESET/);
});

test('the state stands in the refusal of an init error', async () => {
  const states: readonly (readonly [string, string])[] = [
    ['Ready', 'Ready'],
    ['Running', 'Running'],
    ['InvocationErrorResponse', 'InvocationErrorResponse'],
    ['RuntimeResponseSentState', 'RuntimeResponseSent'],
  ];
  for (const [text, state] of states) {
    const { api, sent } = play(refusal(text));
    assert.equal(await api.askState(ERROR, ERROR.errorType), state);
    assert.equal(sent[0]?.path, '/2018-06-01/runtime/init/error');
    assert.ok(sent[0]?.headers.includes('Runtime.ExitError'));
  }
});

test('a reply that is no such refusal tells no state', async () => {
  const replies: readonly Scripted[] = [
    { status: 202, body: '{"status":"OK"}' },
    { status: 404, body: 'not found' },
    { status: 403 },
    { status: 403, body: '{"errorMessage":"Forbidden"}' },
    { status: 403, body: 'null' },
    { ...refusal('Ready'), status: 500 },
  ];
  for (const reply of replies) {
    assert.equal(await play(reply).api.askState(ERROR, ERROR.errorType), undefined);
  }
});

test('an address that cannot be read is refused', async () => {
  await assert.rejects(createRecoveryApi('not an address'), {
    errorType: 'Runtime.InvalidRuntimeApi',
  });
});
