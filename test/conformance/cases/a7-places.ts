// Where lines of the log go, and whether they get there (rows A7.10 to A7.16).
import assert from 'node:assert/strict';
import { readFrames } from '../../support/frames.ts';
import type { ConformanceCase } from '../table/case.ts';

export const logPlaceCases: readonly ConformanceCase[] = [
  ...(['TEXT', 'JSON'] as const).map(
    (format): ConformanceCase => ({
      rows: ['A7.10', 'A7.11', 'A7.12'],
      stance: 'M',
      says: `with a descriptor for frames the lines go there, in ${format}`,
      code: "async () => { console.log('a\\nb'); console.error('c'); }",
      kinds: ['esm'],
      env: { AWS_LAMBDA_LOG_FORMAT: format },
      hasFrames: true,
      check: (run) => {
        const frames = readFrames(run.facts.frames).filter(
          ({ message }) => !/"event"/.test(message),
        );
        assert.deepEqual(
          frames.map((frame) => [frame.format, frame.level]),
          [
            [format, 'INFO'],
            [format, 'ERROR'],
          ],
        );
        assert.match(frames[0]?.message ?? '', format === 'TEXT' ? /\ta\nb\n$/ : /"a\\nb"}$/);
        assert.equal(run.facts.stdout, '');
      },
    }),
  ),
  {
    rows: ['A7.15', 'T5'],
    stance: 'B',
    says: 'of 10,000 lines in front of process.exit none is lost',
    code: `async () => {
      for (let n = 1; n <= 10_000; n += 1) console.log('line', n, 'x'.repeat(100));
      process.exit(0);
    }`,
    kinds: ['esm'],
    tell: (run) => (run.lines.length < 5000 ? 'most are lost' : 'some are lost'),
    check: (run) => assert.equal(run.logged('INFO').length, 10_000),
  },
  {
    rows: ['A7.16'],
    stance: 'B',
    says: 'nothing but lines of the log is on stdout when a poll is refused',
    code: 'async () => 1',
    kinds: ['esm'],
    events: [{ status: 500, body: '{}' }],
    tell: (run) => `stdout: ${run.lines[0] ?? 'nothing'}`,
    check: (run) => assert.equal(run.facts.stdout, ''),
  },
];
