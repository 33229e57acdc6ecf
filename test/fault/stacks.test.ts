// The answer to a timeout says where the handler is stuck: function, file and line of its source,
// in whatever form it is deployed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { Emulator } from '../../src/emulator/emulator.ts';
import type { LogEntry } from '../../src/emulator/emulator-options.ts';
import { startFunction } from '../support/start-function.ts';
import { PATIENTLY } from '../support/until.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/stuck', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const TIMEOUT_MS = 2500;
/** What is told is tested here, on machines that do other things at the same time. */
const ENV = { BULKHEAD_DEADLINE_MARGIN_MS: '250' };

/** What is to be found innermost: the user's function, and the comment in its line. */
const WAYS: readonly (readonly [way: string, name: RegExp])[] = [
  ['loop', /^spin$/],
  ['regex', /^matchForever$/],
  ['recursion', /^(Ladder\.)?descend$/],
  ['json', /^writeRows$/],
  ['hash', /^digestForever$/],
];

/** Each makes `stuck` in that folder and says which file the places are in. */
const FORMS: Readonly<Record<string, (folder: string) => Promise<string> | string>> = {
  'an ES module': (folder) => copied(folder, 'stuck.mjs'),
  CommonJS: (folder) => copied(folder, 'stuck.cjs'),
  'TypeScript, compiled with source maps': compiled,
  'a bundle with an inline source map': (folder) => bundled(folder, false),
  'a minified bundle with a source map beside it': (folder) => bundled(folder, true),
};

const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'bulkhead-stacks-')));
after(() => rmSync(temporary, { recursive: true, force: true }));

for (const [form, make] of Object.entries(FORMS)) {
  test(`the innermost frame names function, file and line in ${form}`, async (context) => {
    const folder = mkdtempSync(join(temporary, 'form-'));
    const source = await make(folder);
    const { emulator } = await startFunction(context, 'stuck.handler', {
      root: folder,
      memoryMb: 512,
      timeoutMs: TIMEOUT_MS,
      env: ENV,
    });
    for (const [way, name] of WAYS) {
      const trace = await timeOut(emulator, { way });
      const place = readPlace(trace);
      const shown = `${way}: ${trace.join(' | ')}`;
      assert.match(place.name, name, shown);
      assert.deepEqual([place.file, place.line], [source, lineOf(source, way)], shown);
    }
  });
}

const withoutInterrupts =
  Number(process.versions.node.split('.')[0]) >= 26 &&
  'its V8 looks up from such a loop once in seconds (docs/adr/0008-evidence.md)';

test('JSON that is written in one go is named, too', {
  skip: withoutInterrupts,
}, async (context) => {
  const folder = mkdtempSync(join(temporary, 'dense-'));
  const source = copied(folder, 'stuck.mjs');
  const options = { root: folder, memoryMb: 512, timeoutMs: TIMEOUT_MS, env: ENV };
  const { emulator } = await startFunction(context, 'stuck.handler', options);

  const trace = await timeOut(emulator, { way: 'jsonDense' });

  const { name, file, line } = readPlace(trace);
  assert.deepEqual([name, file, line], ['writeDensely', source, lineOf(source, 'jsonDense')]);
});

test('a promise that is waited for is told by where, and what for', async (context) => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const { emulator, log } = await startWays(context);

  const trace = await timeOut(emulator, { way: 'fetch', options: { port } });

  const file = join(FIXTURES, 'ways.mjs');
  const at = new RegExp(`^ {4}at async fetch \\(${file}:${lineOf(file, 'fetch')}:\\d+\\)$`);
  assert.match(trace[0] ?? '', at, trace.join('\n'));
  const what = `waiting for 1 TCPSocketWrap: GET http://127.0.0.1:${port}/slow`;
  assert.ok(trace.includes(what), trace.join('\n'));
  assert.doesNotMatch(trace.join('\n'), /secret/);
  const line = await findLine(context, log, 'invocation_timeout');
  assert.match(line, /Invocation timed out, waiting in async fetch \(/);
});

test('a child process that is waited for synchronously is told by its command', async (context) => {
  const { emulator } = await startWays(context);

  const trace = await timeOut(emulator, { way: 'child', options: { seconds: 20 } });

  assert.match(trace[0] ?? '', /^waiting for a child process: .*sleep 20 \(pid \d+\)$/);
});

test('a native call that gives no sign is told as one', async (context) => {
  const { emulator } = await startWays(context);

  const trace = await timeOut(emulator, { way: 'native', options: { rounds: 20_000_000 } });

  assert.match(trace[0] ?? '', /^no sign of its thread: it is inside one native call/);
});

const withoutProfile =
  'startCpuProfile' in Worker.prototype ? false : 'this Node cannot profile another thread';

test('a CPU profile is kept where one is asked for', { skip: withoutProfile }, async (context) => {
  const folder = mkdtempSync(join(temporary, 'profiles-'));
  // A larger margin: on a busy machine a thread needs more time to hand its profile over.
  const env = { BULKHEAD_PROFILE_DIR: folder, BULKHEAD_DEADLINE_MARGIN_MS: '500' };
  const { emulator, log } = await startWays(context, env);

  await timeOut(emulator, { way: 'loop' }, 2 * TIMEOUT_MS);

  const line = await findLine(context, log, 'invocation_timeout');
  const path = /"profile_path":"([^"]+)"/.exec(line)?.[1] ?? '';
  assert.ok(path.startsWith(folder), line);
  // It is written after the answer; under its name there is all of it.
  await context.waitFor(() => assert.ok(existsSync(path), path), PATIENTLY);
  const profile: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const { nodes, samples, timeDeltas } = profile as Record<string, unknown[]>;
  // Not its leaf: V8 does not see a function that has not been called since the profile began.
  assert.match(JSON.stringify(nodes), /"functionName":"loop"/);
  assert.ok(samples !== undefined && samples.length > 10);
  assert.equal(samples.length, timeDeltas?.length);
});

/** Returns the answer's trace; the next event is served by the same process. */
async function timeOut(
  emulator: Emulator,
  event: unknown,
  timeoutMs: number = TIMEOUT_MS,
): Promise<readonly string[]> {
  const pid = emulator.runtimePid;
  const { payload } = await emulator.invoke(event, { timeoutMs });
  const { errorType, trace } = payload as { errorType?: string; trace?: readonly string[] };
  assert.equal(errorType, 'Sandbox.Timedout', JSON.stringify(payload));
  assert.equal(emulator.runtimePid, pid);
  assert.ok(trace !== undefined && trace.length > 0);
  return trace;
}

async function startWays(
  context: TestContext,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof startFunction> {
  const folder = mkdtempSync(join(temporary, 'ways-'));
  const text = `export { handler } from ${JSON.stringify(join(FIXTURES, 'ways.mjs'))};\n`;
  writeFileSync(join(folder, 'stuck.mjs'), text);
  return startFunction(context, 'stuck.handler', {
    root: folder,
    timeoutMs: TIMEOUT_MS,
    env: { ...ENV, ...env },
  });
}

/** The log comes on its own way. */
function findLine(context: TestContext, log: readonly LogEntry[], event: string): Promise<string> {
  return context.waitFor(() => {
    const found = log.find(({ line }) => line.includes(`"${event}"`));
    assert.ok(found !== undefined, log.map(({ line }) => line).join('\n'));
    return found.line;
  }, PATIENTLY);
}

/** Of the first frame that is in a file of the function's. */
function readPlace(trace: readonly string[]): { name: string; file: string; line: number } {
  for (const line of trace) {
    const [, name = '', file = '', number] = /^ {4}at (.+) \((\/.+):(\d+):\d+\)$/.exec(line) ?? [];
    if (file !== '') return { name, file, line: Number(number) };
  }
  return { name: '', file: '', line: 0 };
}

function lineOf(file: string, way: string): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.findIndex((line) => line.endsWith(`// ${way}`)) + 1;
}

function copied(folder: string, name: string): string {
  const path = join(folder, name);
  copyFileSync(join(FIXTURES, name), path);
  return path;
}

function compiled(folder: string): string {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const options = '--ignoreConfig --module nodenext --target es2022 --sourceMap --types node';
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      TSC,
      ...options.split(' '),
      ...['--rewriteRelativeImportExtensions', '--typeRoots', join(TSC, '../../../@types')],
      ...['--outDir', folder, join(FIXTURES, 'stuck.ts')],
    ],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stdout);
  return join(FIXTURES, 'stuck.ts');
}

async function bundled(folder: string, isMinified: boolean): Promise<string> {
  await build({
    entryPoints: [join(FIXTURES, 'stuck.ts')],
    outfile: join(folder, 'stuck.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: isMinified,
    sourcemap: isMinified ? 'linked' : 'inline',
    logLevel: 'error',
  });
  return join(FIXTURES, 'stuck.ts');
}
