import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Member, NO_PLACE, Roster } from '../../../workers/roster.ts';

type Named = Member & { readonly name: number };

function namesOf(roster: Roster<Named>): readonly number[] {
  const names: number[] = [];
  roster.each(({ name }) => names.push(name));
  return names.toSorted((one, other) => one - other);
}

test('whoever has come is there until he leaves, in whatever order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (steps) => {
      const roster = new Roster<Named>();
      const all = Array.from({ length: 21 }, (_, name): Named => ({ name, place: NO_PLACE }));
      const present = new Set<number>();
      for (const name of steps) {
        const member = all[name] as Named;
        const wasThere = present.delete(name);
        assert.equal(roster.remove(member), wasThere);
        if (!wasThere) {
          roster.add(member);
          present.add(name);
        }
        assert.equal(roster.size, present.size);
        assert.equal(roster.find((one) => one === member)?.name, wasThere ? undefined : name);
      }
      assert.deepEqual(
        namesOf(roster),
        [...present].toSorted((one, other) => one - other),
      );
    }),
  );
});

test('who leaves while all are called is still called, and who comes is not', () => {
  const roster = new Roster<Named>();
  const [first, second] = [1, 2].map((name): Named => ({ name, place: NO_PLACE })) as [
    Named,
    Named,
  ];
  roster.add(first);
  roster.add(second);
  const called: number[] = [];
  roster.each(({ name }) => {
    called.push(name);
    roster.remove(first);
    roster.remove(second);
    roster.add({ name: 3, place: NO_PLACE });
  });
  assert.deepEqual(called, [1, 2]);
  assert.deepEqual(namesOf(roster), [3, 3]);
});
