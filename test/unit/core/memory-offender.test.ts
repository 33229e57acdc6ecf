import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BusyWorker, offenderOf } from '../../../src/core/memory-budget.ts';

const MB = 1024 * 1024;

type Part = {
  readonly heapMb?: number;
  readonly outsideMb?: number;
  readonly freshMb?: number;
  readonly isSilent?: boolean;
};

function worker(
  id: number,
  { heapMb, outsideMb = 0, freshMb, isSilent = false }: Part,
): BusyWorker {
  return {
    id,
    use:
      heapMb === undefined ? undefined : { heapBytes: heapMb * MB, externalBytes: outsideMb * MB },
    freshBytes: freshMb === undefined ? undefined : freshMb * MB,
    hasAnswered: !isSilent,
  };
}

type Choice = {
  readonly name: string;
  readonly limitMb?: number;
  readonly heapLimitMb?: number;
  readonly grownMb?: number;
  readonly processMb: number;
  readonly idleMb: number;
  readonly parts: readonly Part[];
  /** Number of the part, its heap and what it has outside, or what it gives back. */
  readonly expected: readonly [number, number, number] | readonly [number, number] | undefined;
};

const choices: readonly Choice[] = [
  {
    name: 'the only worker, with ArrayBuffers',
    processMb: 490,
    idleMb: 60,
    parts: [{ heapMb: 12, outsideMb: 390, freshMb: 10 }],
    expected: [0, 12, 415],
  },
  {
    name: 'the only worker, in its first invocation',
    processMb: 490,
    idleMb: 60,
    parts: [{ heapMb: 12, outsideMb: 418 }],
    expected: [0, 12, 418],
  },
  {
    name: 'the only worker, inside a native call, that has never said anything',
    processMb: 490,
    idleMb: 60,
    grownMb: 20,
    parts: [{ isSilent: true }],
    expected: [0, 430],
  },
  {
    name: 'nobody while the only worker says nothing and takes nothing: it collects garbage',
    processMb: 490,
    idleMb: 60,
    grownMb: 2,
    parts: [{ isSilent: true }],
    expected: undefined,
  },
  {
    name: 'nobody whose heap has a limit of its own',
    limitMb: 128,
    heapLimitMb: 80,
    processMb: 116,
    idleMb: 40,
    parts: [{ heapMb: 72, outsideMb: 4, freshMb: 10 }],
    expected: undefined,
  },
  {
    name: 'nobody whose heap takes more than what is in use of it',
    limitMb: 128,
    heapLimitMb: 80,
    processMb: 119,
    idleMb: 24,
    parts: [{ heapMb: 76, outsideMb: 4, freshMb: 10 }],
    expected: undefined,
  },
  {
    name: 'one whose heap has no limit that is known',
    limitMb: 128,
    processMb: 116,
    idleMb: 40,
    parts: [{ heapMb: 72, outsideMb: 4, freshMb: 10 }],
    expected: [0, 72, 4],
  },
  {
    name: 'one that holds more than its heap may',
    limitMb: 128,
    heapLimitMb: 80,
    processMb: 116,
    idleMb: 40,
    parts: [{ heapMb: 50, outsideMb: 26, freshMb: 10 }],
    expected: [0, 50, 26],
  },
  {
    name: 'the only worker, with memory that V8 does not count',
    processMb: 490,
    idleMb: 60,
    parts: [{ heapMb: 8, outsideMb: 0, freshMb: 8 }],
    expected: [0, 8, 420],
  },
  {
    name: 'nobody in a process that was as large before',
    limitMb: 128,
    processMb: 120,
    idleMb: 108,
    parts: [{ heapMb: 60, outsideMb: 10, freshMb: 58 }],
    expected: undefined,
  },
  {
    name: 'nobody in a process that was as large before, in the first invocation',
    limitMb: 128,
    processMb: 120,
    idleMb: 108,
    parts: [{ heapMb: 60, outsideMb: 10 }],
    expected: undefined,
  },
  {
    name: 'a worker that has collected much over many invocations',
    limitMb: 128,
    processMb: 120,
    idleMb: 110,
    parts: [{ heapMb: 20, outsideMb: 60, freshMb: 10 }],
    expected: [0, 20, 60],
  },
  {
    name: 'the larger of two',
    processMb: 490,
    idleMb: 90,
    parts: [
      { heapMb: 100, outsideMb: 50, freshMb: 10 },
      { heapMb: 10, outsideMb: 260, freshMb: 10 },
    ],
    expected: [1, 10, 260],
  },
  {
    name: 'the silent one of two, for what the other does not explain',
    grownMb: 10,
    processMb: 490,
    idleMb: 90,
    parts: [
      { heapMb: 60, outsideMb: 50, freshMb: 10 },
      { heapMb: 8, freshMb: 8, isSilent: true },
    ],
    expected: [1, 300],
  },
  {
    name: 'the one that explains it, although another is silent',
    processMb: 490,
    idleMb: 90,
    parts: [
      { heapMb: 60, outsideMb: 350, freshMb: 10 },
      { heapMb: 10, freshMb: 10, isSilent: true },
    ],
    expected: [0, 60, 350],
  },
  {
    name: 'nobody, where many have a little each',
    processMb: 490,
    idleMb: 300,
    parts: Array.from({ length: 10 }, () => ({ heapMb: 25, outsideMb: 0, freshMb: 6 })),
    expected: undefined,
  },
  {
    name: 'nobody, where nobody is busy',
    processMb: 490,
    idleMb: 90,
    parts: [],
    expected: undefined,
  },
];

for (const { name, processMb, idleMb, parts, expected, ...rest } of choices) {
  const { limitMb = 512, heapLimitMb, grownMb = 0 } = rest;
  test(`it is ${name}`, () => {
    const offender = offenderOf({
      limitBytes: limitMb * MB,
      heapLimitBytes: heapLimitMb === undefined ? undefined : heapLimitMb * MB,
      processBytes: processMb * MB,
      grownBytes: grownMb * MB,
      idleBytes: idleMb * MB,
      workers: parts.map((part, id) => worker(id, part)),
      hasOthers: false,
    });
    const { id = -1, held, gainBytes = 0 } = offender ?? {};
    const told = held === undefined ? [gainBytes] : [held.heapBytes, held.outsideBytes];
    const numbers = [id, ...told.map((bytes) => bytes / MB)];
    assert.deepEqual(offender === undefined ? undefined : numbers, expected);
  });
}

test('nobody answers for what a thread may hold that is being ended', () => {
  const pressure = {
    limitBytes: 512 * MB,
    heapLimitBytes: undefined,
    processBytes: 490 * MB,
    grownBytes: 0,
    idleBytes: 60 * MB,
    workers: [worker(0, { heapMb: 9, outsideMb: 0, freshMb: 9 })],
  };
  assert.equal(offenderOf({ ...pressure, hasOthers: false })?.id, 0);
  assert.equal(offenderOf({ ...pressure, hasOthers: true }), undefined);
});

test('whoever is ended gives back something that is worth it, and is busy', () => {
  const size = fc.integer({ min: 0, max: 2000 });
  const part = fc.record({ heapMb: size, outsideMb: size, freshMb: size, isSilent: fc.boolean() });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), size, size, (parts, processMb, idleMb) => {
      const workers = parts.map((one, id) => worker(id, one));
      const offender = offenderOf({
        limitBytes: 1024 * MB,
        heapLimitBytes: undefined,
        grownBytes: 10 * MB,
        processBytes: processMb * MB,
        idleBytes: idleMb * MB,
        workers,
        hasOthers: false,
      });
      if (offender === undefined) return;
      assert.ok(workers.some(({ id }) => id === offender.id));
      assert.ok(offender.gainBytes >= 51 * MB);
      const { use } = workers[offender.id] ?? {};
      const ownBytes = (use?.heapBytes ?? 0) + (use?.externalBytes ?? 0);
      const growthBytes = (processMb - idleMb) * MB;
      assert.ok(offender.gainBytes <= Math.max(ownBytes, growthBytes));
    }),
  );
});
