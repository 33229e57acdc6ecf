// Where results are kept: JSON and a picture of the same name, in bench/results.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Origin } from '../support/machine.ts';

const directory = resolve(import.meta.dirname, '../results');

export type Written = {
  readonly bench: string;
  readonly takenAt: string;
  readonly origin: Origin;
};

export function writeResult(result: Written, plot: string): void {
  const { bench, takenAt, origin } = result;
  mkdirSync(directory, { recursive: true });
  const name = `${takenAt.slice(0, 10)}-${bench}-node-${origin.node.replace(/^v/, '')}`;
  const json = `${JSON.stringify(result, null, 2)}\n`;
  for (const [extension, content] of [
    ['json', json],
    ['svg', plot],
  ] as const) {
    writeFileSync(join(directory, `${name}.${extension}`), content);
    process.stderr.write(`Wrote bench/results/${name}.${extension}\n`);
  }
}
