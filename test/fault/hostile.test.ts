// Handlers that damage their own thread: the caller gets an answer before the deadline, and the
// next event is served by the same process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXT_LENGTH_MAX } from '../../src/core/payload.ts';
import { answersFor, startFunction } from '../support/start-function.ts';
import { PATIENTLY } from '../support/until.ts';

function checkContained(way: string, expected: RegExp): void {
  test(`${way}: answered, and the process serves on`, async (context) => {
    const { emulator } = await startFunction(context, 'hostile.handler', {
      memoryMb: 512,
      // A stack of a million lines takes a second or two to be told.
      timeoutMs: way === 'hugeStack' ? 10_000 : 2000,
    });
    const before = await emulator.invoke({ ok: true });
    const result = await emulator.invoke({ way });
    const after = await emulator.invoke({ ok: true });

    assert.match(JSON.stringify(result.payload), expected);
    assert.deepEqual(await answersFor(emulator, result.requestId), [202]);
    assert.deepEqual(after.payload, before.payload, 'the same process');
    assert.equal(emulator.restartCount, 0);
  });
}

checkContained('floodOfMessages', /Sandbox\.Timedout/);
checkContained('clockThrows', /told all the same/);
checkContained('encoderLies', /^"sent"$/);
checkContained('bufferGone', /^"sent"$/);
checkContained('processGone', /^"sent"$/);
checkContained('stopwatchThrows', /^"sent"$/);
checkContained('patternsMatchAll', /header|Runtime\.WorkerError/);
checkContained('promiseGone', /^"sent"$/);
checkContained('nullPrototype', /"errorType":"handled"/);
checkContained('hostileGetters', /"errorType":"handled"/);
checkContained('hugeStack', /"errorMessage":"huge"/);
checkContained('exitThatIsRefused', /^"sent"$/);
checkContained('noListeners', /unheard|exit status 1/);

test('a thread that cannot take events any more is replaced, and no handler is blamed', async (context) => {
  const { emulator } = await startFunction(context, 'hostile.handler', { memoryMb: 512 });
  const { payload } = await emulator.invoke({ ok: true });
  await emulator.invoke({ way: 'eventUnreadable' });

  // A short event comes as text, and needs no function of Node's.
  const short = await emulator.invoke({ ok: true });
  const lost = await emulator.invoke({ ok: true, padding: 'x'.repeat(TEXT_LENGTH_MAX) });
  const after = await emulator.invoke({ ok: true });

  assert.deepEqual(short.payload, payload);
  assert.equal((lost.payload as { errorType: string }).errorType, 'Runtime.WorkerError');
  assert.match((lost.payload as { errorMessage: string }).errorMessage, /no text/);
  assert.deepEqual(after.payload, payload, 'the same process');
});

for (const [what, message, forMs, told] of [
  ['rubbish', null, 0, /reply\W+ is not what it has to be/],
  ['what is the end of nothing', { result: {} }, 0, /reply\.number\W+ is not/],
  ['the end of no task', { number: 1e9 }, 0, /it belongs to no task/],
  ['the end of hooks that nobody runs', { number: -1 }, 0, /it belongs to no task/],
  ['a flood of rubbish', 'x'.repeat(100), 3000, /reply\W+ is not what it has to be/],
  ['a flood of ends', { number: 1e9, text: 'x'.repeat(100) }, 3000, /it belongs to no task/],
  ['a flood of ends of hooks', { number: -1, text: 'x' }, 3000, /it belongs to no task/],
] as const) {
  test(`${what} where results go back costs its thread`, async (context) => {
    const { emulator, log } = await startFunction(context, 'hostile.handler', { memoryMb: 512 });
    const before = await emulator.invoke({ ok: true });
    await emulator.invoke({ way: 'strayReply', message, forMs });
    await context.waitFor(() => assert.ok(log.some(({ line }) => told.test(line))), PATIENTLY);
    const after = await emulator.invoke({ ok: true });

    assert.deepEqual(after.payload, before.payload, 'the same process');
    assert.equal(emulator.restartCount, 0);
  });
}
