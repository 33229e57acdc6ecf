// `bulkhead warm`: loads the handler as `start` does and keeps what Node.js has compiled for it, to
// be shipped with the function.
import { mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CACHE_FOLDER } from '../core/compile-cache.ts';
import { type Arguments, lastValue } from './arguments.ts';
import { CliError, EXIT, type ExitCode, usageError } from './cli-error.ts';
import { readFunctionOptions } from './function-options.ts';
import { loadHandler } from './load-handler.ts';
import {
  offerFolders,
  type Published,
  type PublishOptions,
  publishCache,
} from './publish-cache.ts';

/** One thread is enough, and what the user has told Node.js of a cache does not count. */
const NO_CACHE = {
  BULKHEAD_STANDBY: '0',
  NODE_COMPILE_CACHE: undefined,
  NODE_COMPILE_CACHE_PORTABLE: undefined,
  // With it Node.js writes nothing, and forgets about PORTABLE.
  NODE_COMPILE_CACHE_READONLY: undefined,
  NODE_DISABLE_COMPILE_CACHE: undefined,
};
/** The signals that stop it, and how it ends then. */
const STOPS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

/**
 * Makes a compile cache for the handler.
 *
 * @throws CliError when an argument cannot be used, or the cache cannot be written.
 */
export async function runWarm(handler: string, args: Arguments): Promise<ExitCode> {
  const options = readFunctionOptions(args, process.env);
  const out = readOut(args);
  const stopping = new AbortController();
  let exitCode: ExitCode | undefined;
  const hear = (signal: NodeJS.Signals): void => {
    exitCode ??= STOPS[signal as keyof typeof STOPS];
    stopping.abort();
  };
  for (const signal of Object.keys(STOPS)) process.on(signal, hear);
  const work = openWorkFolder(out);
  try {
    const published = { work, out, handler, root: process.cwd() };
    const isMade = await make(published, options, stopping.signal);
    if (exitCode !== undefined) return exitCode;
    if (!isMade) return EXIT.initFailed;
    process.stdout.write(describe(out, publishCache(published)));
    return EXIT.success;
  } finally {
    rmSync(work, { recursive: true, force: true });
    for (const signal of Object.keys(STOPS)) process.off(signal, hear);
  }
}

/** @returns False: the handler cannot be loaded, or this was stopped. */
async function make(
  published: PublishOptions,
  { env, memoryMb, timeoutMs }: ReturnType<typeof readFunctionOptions>,
  stopped: AbortSignal,
): Promise<boolean> {
  const { handler, work } = published;
  const load = (variables: Record<string, string | undefined>): Promise<boolean> => {
    const all = { ...env, ...NO_CACHE, ...variables };
    return loadHandler({ handler, env: all, memoryMb, timeoutMs }, stopped);
  };
  const isLoaded = await load({
    BULKHEAD_COMPILE_CACHE: 'off',
    NODE_COMPILE_CACHE: work,
    NODE_COMPILE_CACHE_PORTABLE: '1',
  });
  // Each set of V8's options has a folder: the main thread's may differ from those of the handler's
  // thread, and so may those of processes that the handler starts. Which one counts `start` knows.
  if (!isLoaded || !offerFolders(published)) return isLoaded;
  return await load({ BULKHEAD_COMPILE_CACHE: work });
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
