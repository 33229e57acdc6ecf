// `bulkhead warm`: loads the handler as `start` does and keeps what Node.js has compiled for it, to
// be shipped with the function.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CACHE_FOLDER } from '../core/compile-cache.ts';
import type { Emulator } from '../emulator/emulator.ts';
import { LONG_INIT_MS_MAX } from '../emulator/emulator-limits.ts';
import { type EmulatorOptions, parseOptions } from '../emulator/emulator-options.ts';
import { toLogStream, toRuntimeCommand, toRuntimeEnv } from '../emulator/runtime-environment.ts';
import { type Arguments, lastValue } from './arguments.ts';
import { CliError, EXIT, type ExitCode, usageError } from './cli-error.ts';
import { readFunctionOptions } from './function-options.ts';
import { toReadable } from './log-view.ts';
import { type Published, publishCache } from './publish-cache.ts';
import { startEmulator } from './start-emulator.ts';

/** Longest time to load a handler in, ms. */
const LOAD_MS_MAX = LONG_INIT_MS_MAX;
const STEP_MS = 200;

/**
 * Makes a compile cache for the handler.
 *
 * @throws CliError when an argument cannot be used, or the cache cannot be written.
 */
export async function runWarm(handler: string, args: Arguments): Promise<ExitCode> {
  const { env, memoryMb, timeoutMs } = readFunctionOptions(args, process.env);
  const out = readOut(args);
  const work = openWorkFolder(out);
  try {
    const variables = {
      ...env,
      // One thread is enough, and what there is already is not to be taken for it.
      BULKHEAD_STANDBY: '0',
      BULKHEAD_COMPILE_CACHE: 'off',
      NODE_COMPILE_CACHE: work,
      NODE_COMPILE_CACHE_PORTABLE: '1',
      // With it Node.js writes nothing, and forgets about the other.
      NODE_COMPILE_CACHE_READONLY: undefined,
      NODE_DISABLE_COMPILE_CACHE: undefined,
    };
    if (!(await load({ handler, env: variables, memoryMb, timeoutMs }))) return EXIT.initFailed;
    process.stdout.write(describe(out, publishCache({ work, out, handler, root: process.cwd() })));
    return EXIT.success;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function readOut(args: Arguments): string {
  const text = lastValue(args, '--out');
  if (!text) {
    throw usageError(
      'Cannot run "bulkhead warm": no folder is given; name one with --out, ' +
        `as in --out ${CACHE_FOLDER}`,
    );
  }
  const out = resolve(text);
  const stats = statSync(out, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory()) {
    throw usageError(`Cannot use --out "${text}": it is not a folder`);
  }
  const parent = dirname(out);
  if (statSync(parent, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageError(`Cannot use --out "${text}": there is no folder ${parent}; create it first`);
  }
  // Node knows modules by their real paths.
  return join(realpathSync(parent), basename(out));
}

/** Beside the folder it is for: the places of modules count from there. */
function openWorkFolder(out: string): string {
  try {
    return mkdtempSync(`${out}-`);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError(
      EXIT.environment,
      `Cannot write the compile cache "${out}": no folder can be made beside it (${code})`,
      { cause },
    );
  }
}

/** Runs the runtime until its first poll, when the handler is loaded, and waits for its end, when
 * Node.js writes the cache.
 * @returns False: the handler cannot be loaded; the log says why. */
async function load(options: EmulatorOptions): Promise<boolean> {
  const config = parseOptions(options);
  const [program = '', ...words] = toRuntimeCommand(config) ?? [];
  const emulator = await startEmulator({ onLog: () => {} });
  try {
    const child = spawn(program, words, {
      env: toRuntimeEnv(config, emulator.runtimeApi, toLogStream()),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LOAD_MS_MAX,
    });
    show(child);
    const ended = once(child, 'close');
    const isLoaded = await hasPolled(emulator, ended);
    child.kill('SIGTERM');
    await ended;
    return isLoaded;
  } finally {
    await emulator.close();
  }
}

/** In steps: a wait that the process cannot end any more would keep this one alive. */
async function hasPolled(emulator: Emulator, ended: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const polled = emulator.waitForPoll({ timeoutMs: STEP_MS }).then(() => true);
    if (await Promise.race([polled, ended.then(() => false)]).catch(() => false)) return true;
  }
  return false;
}

/** What the function writes while it is loaded, and what the runtime has to say of it. */
function show(child: ChildProcess): void {
  for (const source of ['stdout', 'stderr'] as const) {
    let rest = '';
    child[source]?.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const readable = toReadable({ source, line });
        if (readable !== undefined) process.stderr.write(`${readable}\n`);
      }
    });
  }
}

function describe(out: string, { files, bytes, names, isPortable }: Published): string {
  const megabytes = (bytes / 1024 ** 2).toFixed(1);
  const isDefault = out === join(realpathSync(process.cwd()), CACHE_FOLDER);
  const how = isDefault
    ? '"bulkhead start" finds it there'
    : `set BULKHEAD_COMPILE_CACHE to where it will be`;
  const where = isPortable
    ? 'Ship it with the code, at the same place beside it'
    : `This Node.js cannot move it: it counts where the code is in ${process.cwd()}`;
  return (
    `Compile cache for Node.js ${process.version} on ${process.arch}: ${files} files, ` +
    `${megabytes} MB in ${join(out, names[0] ?? '')}\n${where}; ${how}.\n`
  );
}
