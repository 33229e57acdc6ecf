// `npm run build`: the compiled files that people import (dist/src, dist/workers), and the bundles a
// cold start runs (dist/bootstrap; docs/adr/0007-bundle-for-the-start.md).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Plugin, rollup } from '@rollup/wasm-node';
import { transform } from 'esbuild';

/** By where they are in dist and in dist/bootstrap: the supervisor's side and the thread's side keep
 * their places relative to each other. */
const BUNDLES = ['src/main', 'workers/handler-worker'];
const COMMAND = 'dist/src/cli.js';
const LINK = 'node_modules/.bin/bulkhead';
/** What is neither compiled nor bundled: what a deployment starts, and what `require` gets. */
const GUARDIAN = 'src/guardian/bootstrap.sh';
const COPIED = [GUARDIAN, 'src/commonjs'];

/** CommonJS is read and run without a turn of the loop; what is not needed at a start stays in files
 * of its own, and comments need not be read at all. */
const forTheStart: Plugin = {
  name: 'for-the-start',
  resolveImportMeta(property) {
    if (property === 'filename') return '__filename';
    return property === 'url' ? "require('node:url').pathToFileURL(__filename).href" : null;
  },
  async renderChunk(code) {
    const { code: small } = await transform(code, { minifyWhitespace: true, target: 'node22.19' });
    return small;
  },
};

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
compile();
for (const entry of BUNDLES) await bundle(entry);
chmodSync(COMMAND, 0o755);
for (const path of COPIED) cpSync(path, `dist/${path}`, { recursive: true });
chmodSync(`dist/${GUARDIAN}`, 0o755);
linkCommand();

function compile(): void {
  const tsc = 'node_modules/typescript/bin/tsc';
  const { status } = spawnSync(process.execPath, [tsc], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

async function bundle(entry: string): Promise<void> {
  const [folder = '', name = ''] = entry.split('/');
  const { write } = await rollup({
    input: { [name]: `dist/${entry}.js` },
    // Packages stay outside.
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    preserveEntrySignatures: 'allow-extension',
    plugins: [forTheStart],
    onLog(_level, { code, message }) {
      // What TypeScript makes of `using` asks for one.
      if (code !== 'THIS_IS_UNDEFINED') throw new Error(message);
    },
  });
  await write({
    dir: `dist/bootstrap/${folder}`,
    format: 'cjs',
    generatedCode: 'es2015',
    externalLiveBindings: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
  });
}

/** `npx bulkhead` in a checkout means this checkout, not whatever has that name in the registry. */
function linkCommand(): void {
  if (process.platform === 'win32' || !existsSync('node_modules/.bin')) return;
  rmSync(LINK, { force: true });
  symlinkSync(`../../${COMMAND}`, LINK);
}
