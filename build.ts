// `npm run build`: the compiled files that people import (dist/src, dist/workers), and the bundles a
// cold start runs (dist/bootstrap; docs/adr/0007-bundle-for-the-start.md).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const BUNDLE: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  packages: 'external',
  logLevel: 'warning',
};
/** The supervisor's side and the thread's side keep their places relative to each other. */
const BUNDLES: readonly BuildOptions[] = [
  { entryPoints: ['dist/src/main.js'], splitting: true, outdir: 'dist/bootstrap/src' },
  {
    entryPoints: ['dist/workers/handler-worker.js'],
    splitting: true,
    outdir: 'dist/bootstrap/workers',
  },
];
const COMMAND = 'dist/src/cli.js';
const LINK = 'node_modules/.bin/bulkhead';
/** What is neither compiled nor bundled: what a deployment starts, and what `require` gets. */
const GUARDIAN = 'src/guardian/bootstrap.sh';
const COPIED = [GUARDIAN, 'src/commonjs'];

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
compile();
for (const bundle of BUNDLES) await build({ ...BUNDLE, ...bundle });
chmodSync(COMMAND, 0o755);
for (const path of COPIED) cpSync(path, `dist/${path}`, { recursive: true });
chmodSync(`dist/${GUARDIAN}`, 0o755);
linkCommand();

function compile(): void {
  const tsc = 'node_modules/typescript/bin/tsc';
  const { status } = spawnSync(process.execPath, [tsc], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** `npx bulkhead` in a checkout means this checkout, not whatever has that name in the registry. */
function linkCommand(): void {
  if (process.platform === 'win32' || !existsSync('node_modules/.bin')) return;
  rmSync(LINK, { force: true });
  symlinkSync(`../../${COMMAND}`, LINK);
}
