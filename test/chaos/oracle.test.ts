// The oracle finds what it is there for: each rule, broken once in a history otherwise fine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuntimeExchange } from '../../src/emulator/emulator.ts';
import { FAULTS } from '../fault/matrix/faults.ts';
import type { Happened, History } from './history.ts';
import { judge } from './oracle.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const INVOCATION_PATH = '/2018-06-01/runtime/invocation/';

let index = 0;

function exchange(changes: Partial<RuntimeExchange>): RuntimeExchange {
  index += 1;
  const { endpoint = 'next', requestId = 'a', requestBody = bytes('') } = changes;
  return {
    index,
    endpoint,
    method: endpoint === 'next' ? 'GET' : 'POST',
    path: `${INVOCATION_PATH}${endpoint === 'next' ? 'next' : `${requestId}/${endpoint}`}`,
    requestHeaders: {},
    requestBody,
    requestBodyBytes: requestBody.length,
    requestTrailers: {},
    arrivedAtEpochMs: index,
    status: endpoint === 'next' ? 200 : 202,
    repliedAtEpochMs: index,
    requestId,
    fault: undefined,
    ...changes,
  };
}

const given = (): RuntimeExchange => exchange({ endpoint: 'next' });
const answer = (changes: Partial<RuntimeExchange> = {}): RuntimeExchange =>
  exchange({ endpoint: 'response', requestBody: bytes('{"step":0}'), ...changes });

function happened(changes: Partial<Happened> = {}): Happened {
  return {
    step: { index: 0, row: undefined, pauseMs: 0, workMs: 0, api: [] },
    requestId: 'a',
    result: {
      functionError: undefined,
      payload: { step: 0 },
      payloadBytes: bytes('{"step":0}'),
    },
    tookMs: 1,
    exchangesSeen: 2,
    linesSeen: 1,
    ...changes,
  };
}

function history(changes: Partial<History> = {}): History {
  return {
    seed: 1,
    isGuarded: false,
    happened: [happened()],
    exchanges: [given(), answer()],
    log: [{ line: '{"event":"init_ok"}', source: 'stderr' }, run('a')],
    environments: 0,
    ...changes,
  };
}

function run(id: string): History['log'][number] {
  return { line: `2026-11-22T12:00:00.000Z\t${id}\tINFO\tRUN ${id}`, source: 'stdout' };
}

function failed(errorType: string): Partial<Happened> {
  const payload = { errorType };
  const payloadBytes = bytes(JSON.stringify(payload));
  return { result: { functionError: 'Unhandled', payload, payloadBytes } };
}

function checkFinds(changes: Partial<History>, expected: RegExp): void {
  const texts = judge(history(changes)).map(({ text }) => text);
  assert.ok(
    texts.some((text) => expected.test(text)),
    `${expected} is not in ${JSON.stringify(texts)}`,
  );
}

test('a history without a fault has no violation', () => {
  assert.deepEqual(judge(history()), []);
});

test('an answer that was lost may be sent again, and is then taken once', () => {
  const replyLost = [
    given(),
    answer({ status: undefined, fault: { kind: 'reset-after' } }),
    answer({ status: 403, requestBody: bytes('') }),
  ];
  assert.deepEqual(judge(history({ exchanges: replyLost })), []);
  const answerLost = [
    given(),
    answer({ status: undefined, fault: { kind: 'drop' }, requestBody: bytes('') }),
    given(),
    answer(),
  ];
  assert.deepEqual(judge(history({ exchanges: answerLost })), []);
});

test('a caller without an answer', () => {
  checkFinds({ happened: [happened({ result: undefined })] }, /the caller got no answer/);
});

test('two answers for one id, both taken', () => {
  checkFinds({ exchanges: [given(), answer(), answer()] }, /2 answers were taken/);
});

test('an answer that is sent again although it was not lost', () => {
  checkFinds({ exchanges: [given(), answer(), answer({ status: 400 })] }, /2 answers were sent/);
});

test('a repeated answer that says something else', () => {
  const exchanges = [
    given(),
    answer({ status: undefined, fault: { kind: 'garbage' } }),
    answer({ status: 403, requestBody: bytes('{"step":1}') }),
  ];
  checkFinds({ exchanges }, /its answers differ/);
});

test('a caller who got something else than what was taken', () => {
  const exchanges = [given(), answer({ requestBody: bytes('{"step":7}') })];
  checkFinds({ exchanges }, /other bytes/);
});

test('an answer for an id that was never given, or not yet', () => {
  checkFinds({ exchanges: [given(), answer(), answer({ requestId: 'b' })] }, /"b", never given/);
  checkFinds({ exchanges: [answer(), given()] }, /"a", never given/);
});

test('an event that runs twice, and a result without a run', () => {
  const { log } = history();
  checkFinds({ log: [...log, run('a')] }, /it ran 2 times/);
  checkFinds({ log: log.slice(0, 1) }, /it never ran/);
});

test('a failure that nothing has caused', () => {
  const payload = bytes('{"errorType":"Sandbox.Timedout"}');
  const exchanges = [given(), answer({ endpoint: 'error', requestBody: payload })];
  const timedOut = happened(failed('Sandbox.Timedout'));
  const log = [run('a')];
  checkFinds({ happened: [timedOut], exchanges, log }, /^Sandbox\.Timedout: /);
  // While a process starts, the time may not be enough.
  assert.deepEqual(judge(history({ happened: [timedOut], exchanges })), []);
});

test('a fault after the answer excuses one failure behind it, of its kind, and no second one', () => {
  const row = FAULTS.find(({ name, when }) => name === 'exit-one' && when === 'after');
  const first = happened({ step: { index: 0, row, pauseMs: 0, workMs: 0, api: [] } });
  const error = failed('Runtime.ExitError');
  const errorBytes = error.result?.payloadBytes ?? bytes('');
  const later = (id: string, at: number): Happened =>
    happened({
      ...error,
      requestId: id,
      step: { index: at, row: undefined, pauseMs: 0, workMs: 0, api: [] },
    });
  const posts = ['b', 'c'].flatMap((requestId) => [
    exchange({ requestId }),
    exchange({ endpoint: 'error', requestId, requestBody: errorBytes }),
  ]);
  const exchanges = [given(), answer(), ...posts];
  const one = judge(history({ happened: [first, later('b', 1)], exchanges }));
  const two = judge(history({ happened: [first, later('b', 1), later('c', 2)], exchanges }));
  assert.deepEqual(one, []);
  assert.deepEqual(
    two.map(({ step }) => step),
    [2],
  );
});

test('an answer of the platform, without an end of the process that explains it', () => {
  const gone = happened(failed('Runtime.ExitError'));
  checkFinds({ happened: [gone], exchanges: [given()] }, /the platform had to answer/);
  const stopped = { line: '{"event":"stopped","reason":"told so"}', source: 'stderr' } as const;
  const { log } = history();
  const explained = {
    happened: [{ ...gone, linesSeen: 3 }],
    exchanges: [given()],
    log: [...log, stopped],
  };
  assert.deepEqual(judge(history(explained)), []);
  const late = happened({ ...failed('Sandbox.Timedout'), linesSeen: 3 });
  checkFinds({ ...explained, happened: [late], log: [run('a')] }, /had to answer: Sandbox/);
});

test('a process that has ended without a reason', () => {
  const { log } = history();
  const [begun] = log;
  checkFinds({ log: begun === undefined ? log : [...log, begun] }, /2 processes have begun/);
  checkFinds({ environments: 1 }, /1 new environments, but only 0 ends/);
});
