// What a function that streams is promised, as far as an emulator shows it: the whole of the body.
import assert from 'node:assert/strict';
import type { Failure } from './check.ts';
import type { Caller } from './host.ts';
import type { Scenario } from './scenario.ts';

const STREAMS = 'fixtures/handlers/streams-esm.handler';
const COUNT = 50;
const LARGE = { way: 'many', count: 60, size: 65_536 };

async function send(caller: Caller, event: object): Promise<string> {
  return (await caller.send(JSON.stringify(event))).text;
}

export const streaming: readonly Scenario[] = [
  {
    name: 'streams arrive whole, one after the other',
    handler: STREAMS,
    run: async (caller) => {
      for (let count = 0; count < COUNT; count += 1) {
        assert.equal(await send(caller, { way: 'text' }), 'abé');
      }
      assert.equal((await send(caller, LARGE)).length, LARGE.count * LARGE.size);
    },
  },
  {
    name: 'a prelude comes also with an empty body',
    handler: STREAMS,
    run: async (caller) => {
      const text = await send(caller, { way: 'prelude', prelude: { statusCode: 204 } });
      assert.equal(text, `{"statusCode":204}${'\0'.repeat(8)}`);
    },
  },
  {
    name: 'an error before the first byte is an error like any other',
    handler: STREAMS,
    run: async (caller) => {
      const { errorType } = await caller.invoke<Failure>({ way: 'throws' });
      assert.equal(errorType, 'TypeError');
      assert.equal(await send(caller, { way: 'text' }), 'abé');
    },
  },
  {
    name: 'streams that end badly leave the next event alone',
    handler: STREAMS,
    timeoutMs: 2000,
    run: async (caller) => {
      // What becomes of trailers, the two hosts do not agree on.
      for (const way of ['throws', 'throws-large', 'exits', 'waits', 'spins']) {
        await send(caller, { way, text: 'x' });
        assert.equal(await send(caller, { way: 'text' }), 'abé', way);
      }
    },
  },
];
