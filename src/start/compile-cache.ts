// Finds the compile cache that was shipped with the function, and says why one that is there does
// not count. A start without one asks the file system once.
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import {
  CACHE_MANIFEST,
  type CacheReader,
  type CacheRequest,
  type CompileCache,
  cacheNames,
  explainMismatch,
  explainStale,
  parseCacheManifest,
} from '../core/compile-cache.ts';
import { letThreadLimitsCount } from '../os/heap-flags.ts';

/**
 * @param hasThreadLimits the threads that are to use it have limits of their own.
 * @param tell gets one line when there is a cache that cannot be used.
 */
export function findCompileCache(
  request: CacheRequest | undefined,
  hasThreadLimits: boolean,
  tell: (problem: string) => void,
): CompileCache | undefined {
  if (request === undefined) return undefined;
  const { folder, isNamed } = request;
  if (!existsSync(folder)) {
    if (isNamed) tell(toProblem(folder, 'there is no such folder'));
    return undefined;
  }
  // V8's options count, and these are changed before a thread starts.
  if (hasThreadLimits) letThreadLimitsCount();
  try {
    return open(request);
  } catch (error) {
    tell(toProblem(folder, error instanceof Error ? error.message : String(error)));
    return undefined;
  }
}

/** For a handler on the main thread. */
export function useCompileCacheHere({ folder: directory, isPortable }: CompileCache): void {
  const { enableCompileCache } = process.getBuiltinModule('node:module');
  const enable = enableCompileCache as (options: unknown) => unknown;
  enable(isPortable ? { directory, portable: true } : directory);
}

/** @throws Error that says why it cannot be used. */
function open({ folder: name, isNamed, root }: CacheRequest): CompileCache {
  // Node knows modules by their real paths.
  const folder = realpathSync.native(name);
  const reader = thisProcess();
  const fitting = cacheNames(reader).find((one) => existsSync(join(folder, one, CACHE_MANIFEST)));
  if (fitting === undefined) throw new Error(explainMismatch(reader, readdirSync(folder)));
  const manifest = parseCacheManifest(readFileSync(join(folder, fitting, CACHE_MANIFEST), 'utf8'));
  const stale = explainStale(manifest);
  if (stale !== undefined) throw new Error(stale);
  const madeFor = resolve(folder, manifest.root);
  if (madeFor !== realpathSync.native(root)) {
    throw new Error(`it was made for code in ${madeFor}, and the task root is ${root}`);
  }
  if (!isNamed && isWritable(join(folder, fitting))) {
    throw new Error(
      'this process may write to it, and Node.js would; it is used where it is read-only, as in ' +
        `Lambda, or with BULKHEAD_COMPILE_CACHE=${name}`,
    );
  }
  return { folder, isPortable: !isAbsolute(manifest.root) };
}

function thisProcess(): CacheReader {
  const { arch, getuid, version } = process;
  return { version, arch, tag: cachedDataVersionTag(), uid: getuid?.() };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function toProblem(folder: string, why: string): string {
  return (
    `Cannot use the compile cache "${folder}": ${why}. The start goes on without it; ` +
    '"bulkhead warm" makes one, BULKHEAD_COMPILE_CACHE=off has none looked for'
  );
}
