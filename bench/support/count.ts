// A number on the command line of a bench.

const COUNT_MAX = 1_000_000;

/** @throws Error when `text` is no whole number from 1 to a million. */
export function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= COUNT_MAX) return value;
  throw new Error(`Cannot use --${name}=${text}: it accepts a whole number from 1 to ${COUNT_MAX}`);
}
