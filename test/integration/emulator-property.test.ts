// Random sequences of calls: the server never breaks, and each reply is the one that a model,
// written from section 3.1 of the contract and not from the code, foretells.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import fc from 'fast-check';

import { Emulator } from '../../src/emulator/emulator.ts';
import {
  answerPath,
  INIT_ERROR,
  idOf,
  NEXT,
  next,
  openCall,
  post,
  type RawReply,
  rawCall,
  until,
} from '../unit/emulator/support/raw-runtime.ts';

const INVOCATION_ID = 'lambda-runtime-invocation-id';

type Answer = {
  readonly kind: 'answer';
  readonly verb: 'response' | 'error';
  readonly id: 'current' | 'previous' | 'wrong';
  readonly nonce: 'right' | 'wrong' | 'none';
  readonly mode: 'streaming' | 'buffered' | undefined;
  readonly isTooLarge: boolean;
};
type Step = Answer | { readonly kind: 'invoke' | 'next' | 'abandon' | 'initError' | 'unknown' };

const plain = (kind: 'invoke' | 'next' | 'abandon' | 'initError' | 'unknown') =>
  fc.constant<Step>({ kind });
const answer = fc.record({
  kind: fc.constant('answer' as const),
  verb: fc.constantFrom('response' as const, 'error' as const),
  id: fc.oneof(
    { arbitrary: fc.constant('current' as const), weight: 6 },
    { arbitrary: fc.constantFrom('previous' as const, 'wrong' as const), weight: 1 },
  ),
  nonce: fc.oneof(
    { arbitrary: fc.constantFrom('right' as const, 'none' as const), weight: 6 },
    { arbitrary: fc.constant('wrong' as const), weight: 1 },
  ),
  mode: fc.oneof(
    { arbitrary: fc.constantFrom(undefined, 'streaming' as const), weight: 12 },
    { arbitrary: fc.constant('buffered' as const), weight: 1 },
  ),
  isTooLarge: fc.oneof(
    { arbitrary: fc.constant(false), weight: 30 },
    { arbitrary: fc.constant(true), weight: 1 },
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: plain('invoke'), weight: 5 },
  { arbitrary: plain('next'), weight: 6 },
  { arbitrary: answer, weight: 8 },
  { arbitrary: plain('abandon'), weight: 1 },
  { arbitrary: plain('initError'), weight: 1 },
  { arbitrary: plain('unknown'), weight: 1 },
);

test('random sequences of calls always follow the table', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const emulator = await Emulator.start({ timeoutMs: 900_000, onLog: () => {} });
      try {
        const walk = new Walk(emulator);
        for (const each of steps) await walk.take(each);
        assert.equal((await rawCall(emulator.runtimeApi, 'GET', '/2018-06-01/ping')).text, 'pong');
      } finally {
        await emulator.close();
      }
    }),
    { numRuns: 200, interruptAfterTimeLimit: 60_000 },
  );
});

/** Drives an emulator and the model of it, and compares the two after each step. */
class Walk {
  readonly #emulator: Emulator;
  #state = 'Started';
  #isInitOver = false;
  #waiting: (Promise<RawReply> | 'dead')[] = [];
  #queue: string[] = [];
  #current: string | undefined;
  #previous = 'none yet';
  #nonce: string | undefined;
  #count = 0;

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  async take(each: Step): Promise<void> {
    switch (each.kind) {
      case 'invoke':
        await this.#invoke();
        break;
      case 'next':
        await this.#next();
        break;
      case 'abandon':
        await this.#abandon();
        break;
      case 'answer':
        await this.#answer(each);
        break;
      case 'initError':
        await this.#initError();
        break;
      case 'unknown': {
        const reply = await post(this.#emulator, '/2018-06-01/runtime/nothing', { body: 'x' });
        assert.equal(reply.status, 404);
        break;
      }
    }
    for (let turns = 0; turns < 4; turns += 1) await turn();
    assert.equal(this.#emulator.state, this.#state);
  }

  async #invoke(): Promise<void> {
    this.#count += 1;
    const id = `id-${this.#count}`;
    this.#queue.push(id);
    void this.#emulator.invoke(id, { requestId: id });
    await this.#begin();
  }

  async #next(): Promise<void> {
    const reply = next(this.#emulator);
    if (this.#state === 'Running') {
      assert.equal(idOf(await reply), this.#current);
    } else if (this.#canPark()) {
      // A poll that nobody serves ends with the emulator.
      reply.catch(() => {});
      const polls = this.#emulator.exchanges.length;
      await until(() => this.#emulator.exchanges.length > polls);
      await this.#park(reply);
    } else {
      assert.equal((await reply).status, 403);
    }
  }

  async #abandon(): Promise<void> {
    const polls = this.#emulator.exchanges.length;
    const { request, reply } = openCall(this.#emulator.runtimeApi, 'GET', NEXT);
    reply.catch(() => {});
    request.end();
    await until(() => this.#emulator.exchanges.length > polls);
    await turn();
    request.destroy();
    if (this.#canPark()) await this.#park('dead');
  }

  async #answer(each: Answer): Promise<void> {
    const ids = { current: this.#current ?? 'none', previous: this.#previous, wrong: 'no-such-id' };
    const id = ids[each.id];
    const headers: Record<string, string> = {};
    if (each.nonce === 'wrong') headers[INVOCATION_ID] = 'of another attempt';
    if (each.nonce === 'right' && this.#nonce !== undefined) headers[INVOCATION_ID] = this.#nonce;
    if (each.mode !== undefined) headers['lambda-runtime-function-response-mode'] = each.mode;
    const body = each.isTooLarge ? Buffer.alloc(6_291_557) : '"answer"';

    const reply = await post(this.#emulator, answerPath(id, each.verb), { headers, body });

    assert.equal(reply.status, this.#foretell(each, id));
  }

  #foretell(each: Answer, id: string): number {
    if (id !== this.#current) return 400;
    if (this.#state !== 'Running') return 403;
    if (each.nonce === 'wrong') return 410;
    if (each.verb === 'response' && each.mode === 'buffered') {
      this.#state = 'InvocationResponse';
      return 400;
    }
    this.#state = 'RuntimeResponseSent';
    return each.isTooLarge ? 413 : 202;
  }

  async #initError(): Promise<void> {
    const reply = await post(this.#emulator, INIT_ERROR, { body: '{}' });
    if (this.#state !== 'Started') {
      assert.equal(reply.status, 403);
      return;
    }
    assert.equal(reply.status, 202);
    this.#isInitOver = true;
    this.#state = 'InitError';
    if (this.#current !== undefined) this.#failInit();
    await this.#begin();
  }

  #canPark(): boolean {
    return ['Started', 'Ready', 'RuntimeResponseSent'].includes(this.#state);
  }

  async #park(poll: Promise<RawReply> | 'dead'): Promise<void> {
    if (this.#state === 'RuntimeResponseSent') {
      this.#previous = this.#current ?? '';
      this.#current = undefined;
    }
    this.#isInitOver = true;
    this.#state = 'Ready';
    this.#waiting.push(poll);
    await this.#deliver();
    await this.#begin();
  }

  async #begin(): Promise<void> {
    while (this.#isInitOver && this.#current === undefined && this.#queue.length > 0) {
      this.#current = this.#queue.shift();
      if (this.#state === 'InitError') this.#failInit();
      else await this.#deliver();
    }
  }

  /** The invocation gets the Init error, and the environment starts anew. */
  #failInit(): void {
    this.#state = 'Started';
    this.#current = undefined;
  }

  async #deliver(): Promise<void> {
    if (this.#state !== 'Ready' || this.#current === undefined) return;
    const poll = this.#waiting.shift();
    if (poll === undefined) return;
    this.#state = 'Running';
    this.#nonce = undefined;
    if (poll === 'dead') return;
    const event = await poll;
    assert.equal(event.status, 200);
    assert.equal(idOf(event), this.#current);
    assert.equal(event.text, JSON.stringify(this.#current));
    this.#nonce = String(event.headers[INVOCATION_ID]);
  }
}
