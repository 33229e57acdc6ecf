// The table: every case in the order of its rows.
import { startCases } from '../cases/a1-start.ts';
import { exportCases } from '../cases/a2-exports.ts';
import { loadingCases } from '../cases/a2-loading.ts';
import { contextCases } from '../cases/a3-context.ts';
import { storeCases } from '../cases/a3-store.ts';
import { loopCases } from '../cases/a4-loop.ts';
import { resultCases } from '../cases/a4-results.ts';
import { callbackCases } from '../cases/a5-callbacks.ts';
import { crashCases } from '../cases/a6-crashes.ts';
import { errorCases } from '../cases/a6-errors.ts';
import { initErrorCases } from '../cases/a6-init.ts';
import { logCases } from '../cases/a7-logs.ts';
import { logPlaceCases } from '../cases/a7-places.ts';
import { streamEndCases } from '../cases/a8-stream-ends.ts';
import { streamingCases } from '../cases/a8-streaming.ts';
import { transportCases } from '../cases/a9-transport.ts';
import { measuredCases } from '../cases/measured.ts';
import { snapstartCases } from '../cases/snapstart.ts';
import { trapCases } from '../cases/traps.ts';
import type { ConformanceCase, Need } from './case.ts';

/**
 * What the runtime does not do yet. Cases that need it are not in the table: take the name away
 * here and they are.
 */
const NOT_YET: readonly Need[] = [];

/** Those included that are not there yet: the reference client has most of it. */
export const ALL_CASES: readonly ConformanceCase[] = [
  ...startCases,
  ...loadingCases,
  ...exportCases,
  ...contextCases,
  ...storeCases,
  ...resultCases,
  ...loopCases,
  ...callbackCases,
  ...errorCases,
  ...initErrorCases,
  ...crashCases,
  ...logCases,
  ...logPlaceCases,
  ...streamingCases,
  ...streamEndCases,
  ...transportCases,
  ...snapstartCases,
  ...trapCases,
  ...measuredCases,
];

const isThere = ({ needs }: ConformanceCase): boolean => !needs || !NOT_YET.includes(needs);

export const CASES: readonly ConformanceCase[] = ALL_CASES.filter(isThere);
