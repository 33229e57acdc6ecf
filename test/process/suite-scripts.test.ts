// The long suites as commands: each runs, says what it has seen, and ends well, with small numbers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const PROJECT = join(import.meta.dirname, '../..');

type Script = {
  readonly file: string;
  readonly args: readonly string[];
  readonly says: RegExp;
};

const SCRIPTS: readonly Script[] = [
  {
    file: 'test/fault/matrix/run.ts',
    args: ['--only', 'exit-one/during,throws/init', '--times', '2'],
    says: /^exit-one\/during .*`Runtime\.ExitError`.*; lives; 2x\n.*\n2 of 2 rows as they have to be$/m,
  },
  {
    file: 'test/conformance/run.ts',
    args: ['--only', 'A4.5'],
    says: /^ok {3}M A4\.5 \[commonjs\] .*\nok {3}M A4\.5 \[esm\] .*\nbulkhead: 1 of 1 cases hold$/m,
  },
  {
    file: 'test/chaos/run.ts',
    args: ['--seeds', '5..6', '--invocations', '10', '--jobs', '2'],
    says: /^20 invocations; \d+ answers taken.*\nall as it has to be$/ms,
  },
  {
    file: 'test/fault/timing/timeouts.ts',
    args: ['--runs', '4', '--load', '0'],
    says: /^all +n=4 .*answered by the platform 0\nall before the deadline$/m,
  },
  {
    file: 'test/fault/timing/next-event.ts',
    args: ['--rounds', '4'],
    says: /comes at once:\n +after a healthy event +n=2 .*\n +after a crash .*\n +after a timeout/,
  },
  {
    file: 'test/soak/run.ts',
    args: ['--minutes', '0.1', '--per-second', '40', '--faults', '0.02'],
    says: /^threads .* bound 3 an hour/m,
  },
];

for (const { file, args, says } of SCRIPTS) {
  test(`${file} ${args.join(' ')}`, () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const options = { cwd: PROJECT, env, encoding: 'utf8', timeout: 60_000 } as const;
    const { stdout, stderr } = spawnSync(process.execPath, [file, ...args], options);
    assert.match(stdout, says, stderr);
  });
}

test('a number that makes no sense is refused, and nothing is run', () => {
  for (const [file, args] of [
    ['test/fault/matrix/run.ts', ['--times', '0']],
    ['test/fault/matrix/run.ts', ['--only', 'no-such-row']],
    ['test/conformance/run.ts', ['--only', 'A99']],
    ['test/conformance/run.ts', ['--against', 'nobody']],
    ['test/chaos/run.ts', ['--seeds', '9..1']],
    ['test/fault/timing/timeouts.ts', ['--load', 'some']],
    ['test/soak/run.ts', ['--minutes', 'ten']],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
      cwd: PROJECT,
      encoding: 'utf8',
    });
    assert.equal(status, 1, stdout);
    assert.match(stderr, /Cannot (use|run) /);
  }
});
