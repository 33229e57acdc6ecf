// One invocation, one decision: under every order of causes, once or repeated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Arbiter } from '../../src/core/arbiter.ts';
import type { Cause } from '../../src/core/outcome.ts';

const causes = fc.array(fc.constantFrom<Cause[]>('result', 'crash', 'deadline', 'drain'), {
  minLength: 1,
  maxLength: 8,
});

test('the first cause decides and every other one is told that it was late', () => {
  fc.assert(
    fc.property(causes, (order) => {
      const decided: [Cause, number][] = [];
      const late: Cause[] = [];
      const arbiter = new Arbiter<Cause, number>(
        (cause, verdict) => decided.push([cause, verdict]),
        (cause) => late.push(cause),
      );

      const won = order.map((cause, index) => arbiter.settle(cause, index));

      assert.deepEqual(decided, [[order[0], 0]]);
      assert.deepEqual(late, order.slice(1));
      assert.deepEqual(won, [true, ...late.map(() => false)]);
      assert.equal(arbiter.isDecided, true);
    }),
  );
});

test('a cause that arrives while the first is being decided is late', () => {
  const seen: string[] = [];
  const arbiter = new Arbiter<Cause, string>(
    (cause) => {
      seen.push(cause);
      arbiter.settle('crash', 'inner');
    },
    (cause) => seen.push(`late ${cause}`),
  );

  arbiter.settle('deadline', 'outer');

  assert.deepEqual(seen, ['deadline', 'late crash']);
});
