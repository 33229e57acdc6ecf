// Which room may import which: the picture of ARCHITECTURE.md, as a table that is checked.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readSources, type SourceFile } from '../support/source-files.ts';

/** A name is a room, one file of it, a `node:` module or a package. A room may import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  supervisor: ['core'],
  'runtime-api': [
    'core',
    'node:http',
    'node:module',
    'node:net',
    'undici',
    'undici/lib/dispatcher/client.js',
    'undici/lib/dispatcher/client-h2.js',
  ],
  pool: ['core', 'evidence', 'os', 'node:worker_threads'],
  evidence: [
    'core',
    'os',
    'node:fs',
    'node:fs/promises',
    'node:inspector',
    'node:path',
    'node:url',
    'node:worker_threads',
  ],
  guardian: ['core', 'node:fs', 'node:os'],
  output: ['core', 'node:fs', 'node:net'],
  os: ['core', 'node:fs', 'node:os', 'node:v8'],
  telemetry: ['core', 'node:http', 'node:module', 'node:net', 'pino', 'prom-client'],
  // An independent reading of the contract: what it shares with the runtime are numbers and names.
  emulator: [
    'src/core/limits.ts',
    'src/core/runtime-api-spec.ts',
    'node:child_process',
    'node:crypto',
    'node:http',
    'node:net',
    'node:path',
    'node:timers/promises',
    'node:url',
    'node:zlib',
  ],
  // The commands that run a function run it behind the emulator; none reaches into the runtime.
  cli: [
    'src/core/compile-cache.ts',
    'src/core/errors.ts',
    'src/core/limits.ts',
    'src/core/phases.ts',
    'src/core/setting-rows.ts',
    'src/core/settings.ts',
    'src/core/version.ts',
    'emulator',
    'node:child_process',
    'node:events',
    'node:fs',
    'node:fs/promises',
    'node:module',
    'node:net',
    'node:os',
    'node:path',
    'node:util',
  ],
  workers: [
    'core',
    'output',
    'node:async_hooks',
    'node:crypto',
    'node:diagnostics_channel',
    'node:fs',
    'node:inspector',
    'node:module',
    'node:path',
    'node:stream',
    'node:timers/promises',
    'node:url',
    'node:util',
    'node:v8',
    'node:worker_threads',
  ],
  types: ['core', 'node:stream'],
  'src/system-clock.ts': ['core'],
  start: [
    'core',
    'guardian',
    'os',
    'output',
    'pool',
    'runtime-api',
    'src/system-clock.ts',
    'supervisor',
    'telemetry',
    'workers/inline-handler.ts',
    'node:fs',
    'node:path',
    'node:url',
    'node:v8',
  ],
  'src/main.ts': ['core', 'os', 'output', 'src/system-clock.ts', 'start'],
  'src/cli.ts': ['cli', 'src/main.ts', 'node:module'],
  'src/index.ts': ['core', 'src/main.ts', 'types'],
  'src/snapstart.ts': ['core'],
};

const sources = [...readSources('src'), ...readSources('workers')];

test('a room imports what the table allows, and nothing else', () => {
  for (const { path, imports } of sources) {
    const room = roomOf(path);
    const allowed = MAY_IMPORT[room];
    assert.ok(allowed !== undefined, `${path}: the table has no room "${room}"`);
    const others = imports.filter((name) => {
      return roomOf(name) !== room && !allowed.includes(name) && !allowed.includes(roomOf(name));
    });
    assert.deepEqual(
      others,
      [],
      `${path} may not import them: change the table first, or the code`,
    );
  }
});

test('the table allows nothing that no file imports', () => {
  const used = new Map<string, Set<string>>();
  for (const { path, imports } of sources) {
    const ofRoom = used.get(roomOf(path)) ?? new Set();
    for (const name of imports) ofRoom.add(name).add(roomOf(name));
    used.set(roomOf(path), ofRoom);
  }
  for (const [room, allowed] of Object.entries(MAY_IMPORT)) {
    assert.ok(used.has(room), `there is no room "${room}"`);
    const unused = allowed.filter((name) => !used.get(room)?.has(name));
    assert.deepEqual(unused, [], `${room} does not import them`);
  }
});

test('no room imports itself by way of others', () => {
  const next = new Map<string, Set<string>>();
  for (const { path, imports } of sources) {
    const room = roomOf(path);
    const ofRoom = next.get(room) ?? new Set();
    for (const name of imports.filter(isOurs)) if (roomOf(name) !== room) ofRoom.add(roomOf(name));
    next.set(room, ofRoom);
  }
  for (const room of next.keys()) checkNoCycle(room, [], next);
});

test('tests of whole programs use the product as its users do, by its emulator', () => {
  const outside = ['fault', 'chaos', 'soak', 'process', 'conformance'].map(
    (folder) => `test/${folder}`,
  );
  for (const { path, imports } of outside.flatMap((folder) => readSources(folder))) {
    const inside = imports.filter(
      (name) =>
        isOurs(name) &&
        !['core', 'emulator', 'src/index.ts'].includes(roomOf(name)) &&
        !isOfReports(name),
    );
    assert.deepEqual(inside, [], `${path} reaches into the runtime`);
  }
});

test('the bench reads no room but core, and how `bulkhead bench` counts and draws', () => {
  for (const { path, imports } of readSources('bench')) {
    const inside = imports.filter(
      (name) => isOurs(name) && roomOf(name) !== 'core' && !isOfReports(name),
    );
    assert.deepEqual(inside, [], `${path} reaches into the runtime`);
  }
});

function checkNoCycle(
  room: string,
  way: readonly string[],
  next: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  assert.ok(!way.includes(room), `a cycle: ${[...way, room].join(' -> ')}`);
  for (const other of next.get(room) ?? []) checkNoCycle(other, [...way, room], next);
}

/** Statistics, tables and charts, which nothing runs that is measured or tested. */
function isOfReports(name: string): boolean {
  return name.startsWith('src/cli/bench/');
}

function isOurs(name: SourceFile['imports'][number]): boolean {
  return name.startsWith('src/') || name.startsWith('workers/');
}

/** The folder below src/, `workers`, or for a file of src/ itself its path. */
function roomOf(name: string): string {
  const [top = '', folder = '', ...rest] = name.split('/');
  if (top === 'workers') return top;
  return top === 'src' && rest.length > 0 ? folder : name;
}
