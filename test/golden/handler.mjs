// The function that the reference client serves when the golden files are made.
import { ERRORS, logEverything, StandingDate, VALUES } from './cases.ts';

globalThis.Date = StandingDate;
if (process.env.GOLDEN_INIT === 'fails') throw ERRORS[3]();

export const handler = async ({ kind, index }) => {
  if (kind === 'errors') throw ERRORS[index]();
  if (kind === 'values') throw VALUES[index]();
  logEverything(console);
  return Object.keys(process.env).filter((name) => name.startsWith('_LAMBDA_TELEMETRY'));
};
