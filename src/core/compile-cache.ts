// The compile cache that `bulkhead warm` makes: where it lies, what it says of itself, and whether
// it was made for this process.
import type { Env, Settings } from './settings.ts';
import { VERSION } from './version.ts';

/** Where `start` looks for it: in the task root. */
export const CACHE_FOLDER = '.bulkhead-cache';
/** In the folder of one Node.js, beside what Node.js has compiled. */
export const CACHE_MANIFEST = 'bulkhead.json';

/** A cache that may be there. */
export type CacheRequest = {
  readonly folder: string;
  /** By the setting: it has to be there, and may be written to. */
  readonly isNamed: boolean;
  /** The task root, absolute. */
  readonly root: string;
};

/** A cache that is used. */
export type CompileCache = {
  readonly folder: string;
  /** It may have been made elsewhere: Node knows its modules by their places beside it. */
  readonly isPortable: boolean;
};

/** What `warm` writes into a cache. */
export type CacheManifest = {
  readonly bulkhead: string;
  readonly handler: string;
  /** The task root, as seen from the cache's folder; absolute where the cache cannot be moved. */
  readonly root: string;
};

/** What decides which cache a process can use. */
export type CacheReader = {
  /** Of Node, such as `v24.21.0`. */
  readonly version: string;
  readonly arch: string;
  /** V8's version, its options and the processor in one number. */
  readonly tag: number;
  /** Undefined where there are none. */
  readonly uid: number | undefined;
};

/** What Node is told it by, for a thread that is about to start. */
export function toCacheVariables({ folder, isPortable }: CompileCache): Record<string, string> {
  return {
    NODE_COMPILE_CACHE: folder,
    ...(isPortable ? { NODE_COMPILE_CACHE_PORTABLE: '1' } : {}),
  };
}

/** All that may be set so. */
export const CACHE_VARIABLES = ['NODE_COMPILE_CACHE', 'NODE_COMPILE_CACHE_PORTABLE'] as const;

/** @param workingFolder the task root where the platform names none. */
export function toCacheRequest(
  env: Env,
  { compileCache }: Pick<Settings, 'compileCache'>,
  workingFolder: string,
): CacheRequest | undefined {
  // Who has a cache of their own, or wants none, has said so to Node.
  const isOthers = Boolean(env['NODE_COMPILE_CACHE'] || env['NODE_DISABLE_COMPILE_CACHE']);
  if (isOthers || compileCache === 'off') return undefined;
  const root = env['LAMBDA_TASK_ROOT'] || workingFolder;
  const isNamed = compileCache !== undefined;
  return { folder: compileCache ?? `${root}/${CACHE_FOLDER}`, isNamed, root };
}

/** The folders in which Node may look, in a cache: the second where it counts the user, too. */
export function cacheNames({ version, arch, tag, uid }: CacheReader): readonly string[] {
  const name = `${version}-${arch}-${tag.toString(16).padStart(8, '0')}`;
  return uid === undefined ? [name] : [name, `${name}-${uid}`];
}

/** Why none of the folders that are there is for this process. */
export function explainMismatch(reader: CacheReader, found: readonly string[]): string {
  const { version, arch, uid } = reader;
  const here = `${version}-${arch}-`;
  const near = found.filter((name) => name.startsWith(here));
  if (near.length === 0) {
    const theirs = found.filter((name) => /^v\d+\./.test(name)).join(', ');
    return `it was made for ${theirs || 'no Node.js'}, and this is Node.js ${version} on ${arch}`;
  }
  const [name = ''] = cacheNames(reader);
  const own = found.find((one) => cacheNames(reader).includes(one));
  if (own !== undefined) return `${own} in it has no ${CACHE_MANIFEST}`;
  const isOtherUser = near.some((one) => one.startsWith(`${name}-`));
  const what = isOtherUser
    ? `another user than ${uid}`
    : "another processor, or with other options of V8 (Node.js's cache depends on both)";
  return `it was made for ${what}: ${near.join(', ')}`;
}

/** @throws Error when the text is no manifest. */
export function parseCacheManifest(text: string): CacheManifest {
  const { bulkhead, handler, root } = JSON.parse(text) as Record<string, unknown>;
  const isWhole = [bulkhead, handler, root].every((one) => typeof one === 'string');
  if (!isWhole) throw new Error(`${CACHE_MANIFEST} is not what "bulkhead warm" writes`);
  return { bulkhead: String(bulkhead), handler: String(handler), root: String(root) };
}

/** Undefined: it is of this version of Bulkhead. */
export function explainStale({ bulkhead }: CacheManifest): string | undefined {
  if (bulkhead === VERSION) return undefined;
  return `it was made by Bulkhead ${bulkhead}, and this is ${VERSION}`;
}
