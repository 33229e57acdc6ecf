// What the long suites have in common as commands: numbers from flags, and an end that says why.

/** Runs it; its result is the exit code, and what it throws is said in one line. */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** @throws Error naming the flag, its value and what it accepts. */
export function wholeNumber(flag: string, text: string, max = 999_999): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw new Error(`Cannot use --${flag} ${text}: it accepts a whole number from 1 to ${max}`);
}

/** @throws Error naming the flag, its value and what it accepts. */
export function positiveNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (value > 0 && value <= max) return value;
  throw new Error(`Cannot use --${flag} ${text}: it accepts a number above 0, up to ${max}`);
}
