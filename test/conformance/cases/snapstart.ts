// SnapStart: what is asked of the platform around a snapshot (section 3 of the Runtime API).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { NEXT } from '../table/scripted-api.ts';

const RESTORE = '/2018-06-01/runtime/restore/next';
const NEEDS = {
  needs: 'snapstart',
  kinds: ['esm'],
  env: { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' },
} as const;

export const snapstartCases: readonly ConformanceCase[] = [
  {
    ...NEEDS,
    rows: ['A1.6'],
    stance: 'B',
    says: 'the restore is asked for once, after Init and before the first event',
    before: "console.log('at load');",
    code: "async () => 'served'",
    check: (run) => {
      const polls = run.facts.requests.filter(({ method }) => method === 'GET');
      assert.deepEqual(
        polls.slice(0, 2).map(({ path }) => path),
        [RESTORE, NEXT],
      );
      assert.equal(run.result(), 'served');
    },
  },
];
