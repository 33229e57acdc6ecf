// The fault matrix: every row, in the order in which it is shown.
import { type FaultRow, rowId } from './fault-row.ts';
import { ENVIRONMENT, ERRORS, MEMORY, PAYLOAD } from './rows-damage.ts';
import { INIT } from './rows-init.ts';
import { RUNTIME_API, TIME } from './rows-outside.ts';
import { ENDINGS, NEVER_ANSWERS } from './rows-running.ts';

export const FAULTS: readonly FaultRow[] = [
  ...NEVER_ANSWERS,
  ...ENDINGS,
  ...ERRORS,
  ...MEMORY,
  ...PAYLOAD,
  ...ENVIRONMENT,
  ...RUNTIME_API,
  ...TIME,
  ...INIT,
];

/**
 * The rows of these ids; a name without `/when` means all of its rows.
 *
 * @throws Error naming an id that no row has.
 */
export function pickFaults(ids: readonly string[]): readonly FaultRow[] {
  const matches = (row: FaultRow, id: string): boolean => rowId(row) === id || row.name === id;
  for (const id of ids) {
    if (!FAULTS.some((row) => matches(row, id))) {
      throw new Error(`Cannot run "${id}": there is no such row, see test/fault/matrix/faults.ts`);
    }
  }
  return FAULTS.filter((row) => ids.some((id) => matches(row, id)));
}
