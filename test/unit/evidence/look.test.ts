// What a look takes for a sight, where several invocations run in one thread: a thread that a test
// has at hand answers.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Look, type LookOptions, type Sight } from '../../../src/evidence/look.ts';
import type { ThreadSession } from '../../../src/evidence/thread-session.ts';
import { PATIENTLY } from '../../support/until.ts';

const FRAME = {
  text: 'spin (/var/task/f.mjs:1:1)',
  name: 'spin',
  file: '/var/task/f.mjs',
  line: 1,
  column: 1,
  startLine: 1,
  startColumn: 1,
  isAsync: false,
  repeats: 0,
};
/** The question's own frames are on top of what it finds. */
const OWN = [1, 2, 3].map((line) => ({ ...FRAME, name: '', file: '', line }));
const STACK = { frames: [...OWN, FRAME], omitted: 0, isCut: false };

type Made = {
  readonly look: Look;
  readonly sights: Sight[];
  /** Answers the next question, once it is asked. */
  readonly answer: (told: unknown) => Promise<void>;
};

function make(context: TestContext, options: Pick<LookOptions, 'number'>): Made {
  const asked: ((value: unknown) => void)[] = [];
  const evaluate: ThreadSession['evaluate'] = (_, onValue) => void asked.push(onValue);
  const sights: Sight[] = [];
  const look = new Look({
    session: { evaluate } as ThreadSession,
    askPending: () => new Promise(() => {}),
    onSight: (sight) => void sights.push(sight),
    ...options,
  });
  context.after(() => look.end());
  const answer: Made['answer'] = async (told) => {
    await context.waitFor(() => assert.ok(asked.length > 0), PATIENTLY);
    asked.shift()?.(told);
  };
  return { look, sights, answer };
}

test('the code of the invocation that is looked for is its sight', async (context) => {
  const { sights, answer } = make(context, { number: 3 });
  await answer({ stack: STACK, owner: 3 });
  const [sight] = sights;
  assert.ok(sight?.kind === 'busy');
  assert.equal(sight.owner, 3);
  assert.deepEqual(
    sight.stack.frames.map(({ name }) => name),
    ['spin'],
  );
});

test('the code of another one is remembered, and looked past', async (context) => {
  const { look, sights, answer } = make(context, { number: 3 });
  await answer({ stack: STACK, owner: 4 });
  assert.deepEqual(sights, []);
  assert.equal(look.heldSight?.owner, 4);
  await answer({ stack: STACK, owner: 3 });
  assert.equal(sights.length, 1);
});

test('code of nobody knows whom is a sight of whoever is looked for', async (context) => {
  for (const owner of [undefined, 0, -1, 1.5, '4', Number.NaN]) {
    const { look, sights, answer } = make(context, { number: 3 });
    await answer({ stack: STACK, owner });
    const [sight] = sights;
    assert.ok(sight?.kind === 'busy', String(owner));
    assert.equal(sight.owner, undefined);
    assert.equal(look.heldSight, undefined);
  }
});

test('who asks for no one in particular is told whose code it is', async (context) => {
  const { sights, answer } = make(context, {});
  await answer({ stack: STACK, owner: 4 });
  const [sight] = sights;
  assert.ok(sight?.kind === 'busy');
  assert.equal(sight.owner, 4);
});

test('an answer after the end of the look is none', async (context) => {
  const { look, sights, answer } = make(context, { number: 3 });
  look.end();
  await answer({ stack: STACK, owner: 3 });
  assert.deepEqual(sights, []);
  assert.equal(look.hasAnswered, false);
});
