// The package as npm would publish it, for the tests of this folder. `npm run build` comes before.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT: string = fileURLToPath(new URL('../..', import.meta.url));

export type PackedFile = { readonly path: string; readonly size: number; readonly mode: number };

export type Archive = {
  readonly file: string;
  readonly files: readonly PackedFile[];
};

/** A folder that the caller has to remove. */
export function makeEmptyFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'bulkhead-package-')));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Puts the archive into the folder; builds nothing. */
export function packInto(folder: string): Archive {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: PROJECT, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: PackedFile[] }];
  return { file: join(folder, packed.filename), files: packed.files };
}

/** As `npm install --omit=dev` without the package's own dependencies: needs no registry. */
export function installInto(folder: string, archive: string): string {
  const target = join(folder, 'node_modules/lambda-bulkhead');
  mkdirSync(target, { recursive: true });
  const args = ['-xzf', archive, '-C', target, '--strip-components=1'];
  const { status, stderr } = spawnSync('tar', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return target;
}

/** Makes packages of this project's node_modules packages of the folder. */
export function linkPackages(folder: string, names: readonly string[]): void {
  for (const name of names) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules', name), link);
  }
}
