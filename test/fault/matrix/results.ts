// The file of results, docs/faults.json, and the two texts that are made of it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrigin } from '../../../bench/support/machine.ts';
import type { FaultRecord } from './record.ts';

export type FaultResults = {
  readonly schema: 1;
  /** Day of the run, UTC. */
  readonly takenOn: string;
  readonly node: string;
  /** In words. */
  readonly machine: string;
  readonly commit: string;
  /** How to repeat it. */
  readonly command: string;
  readonly rows: readonly FaultRecord[];
};

const PROJECT = join(import.meta.dirname, '../../..');
export const RESULTS_FILE = 'docs/faults.json';
/** With every row, made of the results. */
export const PAGE_FILE = 'docs/faults.md';

export function toResults(rows: readonly FaultRecord[], command: string): FaultResults {
  const { machine, node, commit, isModified } = readOrigin(process.execPath);
  return {
    schema: 1,
    takenOn: new Date().toISOString().slice(0, 10),
    node,
    machine: `${machine.cpu}, ${machine.cores} cores, ${machine.system}`,
    commit: isModified ? `${commit} and changes` : commit,
    command,
    rows,
  };
}

export function readResults(): FaultResults {
  return JSON.parse(readText(RESULTS_FILE)) as FaultResults;
}

export function readText(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8');
}

export function writeText(path: string, text: string): void {
  writeFileSync(join(PROJECT, path), text);
}
