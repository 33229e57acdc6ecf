// How a file looks, what it may not say, and who tests it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { readSources, type SourceFile } from '../support/source-files.ts';

const LINES_MAX = 250;
const COLUMNS_MAX = 100;

const product = [...readSources('src'), ...readSources('workers')];
const tests = readSources('test', ['.ts', '.mjs']);
const bench = readSources('bench', ['.ts', '.mjs']);
const all = [...product, ...tests, ...bench];

/** Effects that have one home each; whoever else needs one gets it handed in. */
const HOMES: readonly { readonly text: string; readonly files: readonly string[] }[] = [
  {
    text: 'process.env',
    files: [
      'src/cli.ts',
      'src/cli/bench.ts',
      'src/cli/dev.ts',
      'src/cli/invoke.ts',
      'src/emulator/emulator-options.ts',
      'src/cli/warm.ts',
      'src/emulator/runtime-environment.ts',
      'workers/handler-worker.ts',
      'workers/inline-handler.ts',
    ],
  },
  {
    text: 'Date.now',
    files: [
      'src/system-clock.ts',
      'src/emulator/exchange-log.ts',
      'src/emulator/invocation.ts',
      'src/emulator/trace-id.ts',
      'src/os/process-table.ts',
      'workers/logs/console-capture.ts',
      'workers/handler-context.ts',
    ],
  },
  {
    text: 'setTimeout(',
    files: [
      'src/system-clock.ts',
      'src/cli/watch-files.ts',
      'src/emulator/function-clock.ts',
      'src/emulator/snapshot.ts',
      'src/evidence/time-limit.ts',
      'src/output/torn-line.ts',
      'src/telemetry/telemetry.ts',
      'workers/invocation-signal.ts',
      'workers/leftovers.ts',
    ],
  },
  { text: 'setInterval(', files: [] },
  { text: 'console.', files: ['src/cli.ts'] },
  {
    text: 'process.exit',
    files: ['src/cli.ts', 'src/main.ts', 'src/cli/dev.ts', 'workers/logs/last-words.ts'],
  },
];

/** Rooms whose every file has a test of its name, or a line in COVERED_BY. */
const COVERED_ROOMS =
  /^(src\/(core|evidence|guardian|os|output|pool|runtime-api|supervisor)|workers)\//;
/** Only types and constants: the compiler is their test. */
const WITHOUT_BEHAVIOUR = [
  'src/core/bulkhead-context.ts',
  'src/core/limits.ts',
  'src/core/ports.ts',
  'src/core/setting-rows.ts',
  'src/core/telemetry-port.ts',
  'src/pool/handler-pool-options.ts',
  'src/pool/worker-slot-options.ts',
  'src/core/runtime-api-spec.ts',
  'src/core/thread-ports.ts',
  'src/core/thread-protocol.ts',
  'src/core/setting-rows.ts',
  'src/runtime-api/transport.ts',
  'src/types/awslambda.ts',
  'src/types/handler.ts',
];
/** Files that are tested through another's door, and where. */
const COVERED_BY: Readonly<Record<string, string>> = {
  'src/core/errors.ts': 'test/unit/core/settings.test.ts',
  'src/evidence/time-limit.ts': 'test/unit/evidence/witness.test.ts',
  'src/pool/shared/promotion.ts': 'test/unit/pool/shared/shared-pool-losses.test.ts',
  'src/supervisor/attempts.ts': 'test/sim/dispatch.test.ts',
  'src/guardian/guard.ts': 'test/sim/guardian.test.ts',
  'src/pool/handler-exchange.ts': 'test/fault/causes.test.ts',
  'src/pool/inline-pool.ts': 'test/conformance/emulator.test.ts',
  'src/pool/lent-slot.ts': 'test/fault/causes.test.ts',
  'src/pool/slot-evidence.ts': 'test/fault/stacks.test.ts',
  'src/pool/slot-thread.ts': 'test/fault/causes.test.ts',
  'src/pool/workforce.ts': 'test/unit/pool/handler-pool.test.ts',
  'src/pool/waiters.ts': 'test/unit/pool/handler-pool.test.ts',
  'src/runtime-api/create-api.ts': 'test/fault/causes.test.ts',
  'src/runtime-api/reply-text.ts': 'test/unit/runtime-api/runtime-api-client.test.ts',
  'src/runtime-api/verdict.ts': 'test/unit/runtime-api/runtime-api-client.test.ts',
  'src/supervisor/dispatch.ts': 'test/sim/supervisor.test.ts',
  'src/supervisor/drain.ts': 'test/sim/supervisor.test.ts',
  'src/supervisor/lane.ts': 'test/sim/supervisor.test.ts',
  'src/supervisor/watchdog.ts': 'test/sim/supervisor.test.ts',
  'workers/failure.ts': 'test/golden/golden.test.ts',
  'workers/handler-runner.ts': 'test/fault/causes.test.ts',
  'workers/globals/running-number.ts': 'test/unit/evidence/owner.test.ts',
  'workers/handler-worker.ts': 'test/fault/causes.test.ts',
  'workers/inline-handler.ts': 'test/conformance/emulator.test.ts',
  'workers/streaming/stream-port.ts': 'test/fault/streaming.test.ts',
  'workers/streaming/streaming-call.ts': 'test/fault/streaming-errors.test.ts',
  'workers/logs/record-sink.ts': 'test/golden/golden.test.ts',
  'workers/waiting/object-walk.ts': 'test/unit/workers/waiting/pending-report.test.ts',
  'workers/waiting/own-data.ts': 'test/unit/workers/waiting/pending-report.test.ts',
  'workers/waiting/pending-details.ts': 'test/unit/workers/waiting/pending-report.test.ts',
  'workers/waiting/pending-timers.ts': 'test/unit/workers/waiting/pending-report.test.ts',
  'workers/waiting/suspended-at.ts': 'test/unit/workers/waiting/pending-report.test.ts',
  'workers/waiting/thread-inspector.ts': 'test/unit/workers/waiting/pending-report.test.ts',
  'workers/thread-clock.ts': 'test/unit/workers/control.test.ts',
  'workers/waiting/undici-requests.ts': 'test/unit/workers/waiting/pending-report.test.ts',
  'workers/loading/name-unsettled-module.ts': 'test/process/init-errors.test.ts',
};

/** Each is written so that it does not find itself. */
const BANNED: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bFIX[M]E\b/, instead: 'fix it' },
  { pattern: /\bTO[D]O\b(?!.*#\d)/, instead: 'name the issue as #number' },
  { pattern: /\.only[(]|\bonly[:] true/, instead: 'let all tests run' },
  { pattern: /\.(skip|todo)[(]|\b(skip|todo)[:] true/, instead: 'say why: skip is a text' },
  { pattern: /\bdebugger[;]/, instead: 'remove it' },
  { pattern: /@ts-[i]gnore|@ts-[n]ocheck/, instead: 'give it its type' },
];

test(`files have at most ${LINES_MAX} lines of at most ${COLUMNS_MAX} columns`, () => {
  const flaws = all.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n');
    const wide = lines.flatMap((line, at) =>
      columnsOf(line) > COLUMNS_MAX ? [`${path}:${at + 1}: ${columnsOf(line)} columns`] : [],
    );
    return lines.length > LINES_MAX ? [`${path}: ${lines.length} lines`, ...wide] : wide;
  });
  assert.deepEqual(flaws, []);
});

test('file names are in kebab-case', () => {
  const flaws = all.filter(
    ({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.(ts|mjs)$/.test(basename(path)),
  );
  assert.deepEqual(flaws.map(toPath), []);
});

test('a file starts with a comment that says its job', () => {
  // The names of a test file's tests say it already.
  const files = all.filter(({ path }) => !path.endsWith('.test.ts'));
  const flaws = files.filter(({ text }) => !/^(#!.*\n)?(\/\/ \S|\/\*\* )/.test(text));
  assert.deepEqual(flaws.map(toPath), []);
});

for (const { pattern, instead } of BANNED) {
  test(`no file has ${pattern}: ${instead}`, () => {
    const flaws = all.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}`] : [])),
    );
    assert.deepEqual(flaws, []);
  });
}

for (const { text, files } of HOMES) {
  test(`${text} has its homes`, () => {
    // A name that only ends like it, as in clock.now, is another's.
    const pattern = new RegExp(`(?<![\\w.])${text.replace(/[.(]/g, '\\$&')}`);
    const found = product.filter(({ code }) => pattern.test(code)).map(toPath);
    const strays = found.filter((path) => !files.includes(path));
    const empty = files.filter((path) => !found.includes(path));
    assert.deepEqual({ strays, empty }, { strays: [], empty: [] });
  });
}

test('every file of the runtime has a test of its name, or one that is named here', () => {
  const names = new Set(tests.map(({ path }) => basename(path)));
  const untested = product
    .filter(({ path }) => COVERED_ROOMS.test(path) && !WITHOUT_BEHAVIOUR.includes(path))
    .filter(({ path }) => !names.has(basename(path).replace(/\.ts$/, '.test.ts')))
    .filter(({ path }) => COVERED_BY[path] === undefined);
  assert.deepEqual(untested.map(toPath), []);

  const named = [...WITHOUT_BEHAVIOUR, ...Object.entries(COVERED_BY).flat()];
  const missing = named.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)));
  assert.deepEqual(missing, [], `they are not in ${fileURLToPath(import.meta.url)}'s project`);
});

test('a file without behaviour has no function', () => {
  const flaws = product.filter(
    ({ path, code }) => WITHOUT_BEHAVIOUR.includes(path) && /\bfunction \w|=> \{/.test(code),
  );
  assert.deepEqual(flaws.map(toPath), []);
});

/** A text in quotes counts nothing: it cannot be broken, and its searcher wants it whole. */
function columnsOf(line: string): number {
  const isComment = /^\s*(\/\/|\/?\*)/.test(line);
  return [...(isComment ? line : line.replace(/'[^']*'|`[^`]*`/g, "''"))].length;
}

function toPath({ path }: SourceFile): string {
  return path;
}
