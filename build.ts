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
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
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

/** Code that empties `require.cache`, as tests and reloaders do, would have what is loaded later make
 * the entry anew: what the runtime has loaded is not found there, and stays. */
const KEPT = `Object.defineProperty(require.cache, __filename, {
  enumerable: false, configurable: false, writable: false,
});`;

const OWN_NAMES = '\0builtin:';

/** What is imported from Node is taken when the bundle is loaded, as it is from an ES module. Rollup
 * would read it from the module at each call, where user code may have put something else. */
const takenAtLoad: Plugin = {
  name: 'taken-at-load',
  resolveId: (id) => (id.startsWith('node:') ? `${OWN_NAMES}${id}` : null),
  load(id) {
    if (!id.startsWith(OWN_NAMES)) return null;
    const name = id.slice(OWN_NAMES.length);
    const names = Object.keys(process.getBuiltinModule(name) ?? {});
    const taken = names.filter((one) => IDENTIFIER.test(one) && one !== 'default');
    return `const own = /*#__PURE__*/ process.getBuiltinModule('${name}');
export default own;
${taken.map((one) => `export const ${one} = own.${one};`).join('\n')}`;
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
    external: (id) => /^[^./\0]/.test(id) && !id.startsWith('node:'),
    preserveEntrySignatures: 'allow-extension',
    plugins: [takenAtLoad, forTheStart],
    treeshake: { propertyReadSideEffects: false },
    onLog(_level, { code, message }) {
      // What TypeScript makes of `using` asks for one.
      if (code !== 'THIS_IS_UNDEFINED') throw new Error(message);
    },
  });
  await write({
    dir: `dist/bootstrap/${folder}`,
    format: 'cjs',
    intro: KEPT,
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
