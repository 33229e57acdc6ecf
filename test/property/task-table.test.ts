// The table of tasks is a `Map` in all that Piscina asks of it, whatever it is asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TaskTable } from '../../src/pool/task-table.ts';

type Task = { readonly name: string };
/** Few, so that they meet. */
const KEYS = [0, 1, 2, 3, 4];
/** A thread may ask for anything. */
const ASKED = [...KEYS, 5, '1', Number.NaN, undefined, null];
const key = fc.constantFrom(...KEYS);
const call = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('set' as const), key, name: fc.string() }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
);

test('it holds what a Map would hold, after any calls', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
      const table = new TaskTable<Task>();
      const map = new Map<unknown, Task>();
      for (const one of calls) {
        if (one.kind === 'clear') {
          table.clear();
          map.clear();
        } else if (one.kind === 'delete') {
          assert.equal(table.delete(one.key), map.delete(one.key));
        } else {
          const task = { name: one.name };
          assert.equal(table.set(one.key, task), table);
          map.set(one.key, task);
        }
        checkSame(table, map);
      }
    }),
  );
});

/** But for the order, on which nobody relies. */
function checkSame(table: TaskTable<Task>, map: ReadonlyMap<unknown, Task>): void {
  assert.equal(table.size, map.size);
  for (const key of ASKED) {
    assert.equal(table.has(key), map.has(key), `has ${String(key)}`);
    assert.equal(table.get(key), map.get(key), `get ${String(key)}`);
  }
  assert.deepEqual(new Set(table.values()), new Set(map.values()));
  assert.deepEqual(new Map(table), new Map(map));
  assert.equal([...table].length, map.size);
}
