// Where a result comes from: the machine, Node and the commit. No names and no paths.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { resolve } from 'node:path';

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly system: string;
  /** Of the last minute, when the bench began: what else the machine was doing. */
  readonly load: number;
};

export type Origin = {
  readonly machine: Machine;
  /** The Node.js that ran the variants, and the one that ran the bench's server. */
  readonly node: string;
  readonly benchNode: string;
  readonly bulkhead: string;
  readonly commit: string;
  /** True when files differed from the commit. */
  readonly isModified: boolean;
};

const loadAtStart = loadavg()[0] ?? 0;
const root = resolve(import.meta.dirname, '../..');

export function readOrigin(node: string): Origin {
  const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const status = git('status', '--porcelain', '--', '.', ':!bench/results');
  return {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryMb: Math.round(totalmem() / 1024 / 1024),
      system: `${process.platform} ${process.arch} ${release()}`,
      load: Math.round(loadAtStart * 100) / 100,
    },
    node: nodeVersion(node),
    benchNode: process.version,
    bulkhead: manifest.version,
    commit: git('rev-parse', '--short=12', 'HEAD') || 'unknown',
    isModified: status !== '',
  };
}

function nodeVersion(node: string): string {
  const { stdout, error } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`Cannot run "${node}": ${error.message}`);
  return stdout.trim();
}

function git(...args: string[]): string {
  return spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
}
