// What Node.js has written for one user, in one place -> a compile cache that can be shipped.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE_MANIFEST, type CacheManifest } from '../core/compile-cache.ts';
import { VERSION } from '../core/version.ts';
import { CliError, EXIT } from './cli-error.ts';

/** Whom Lambda runs functions as. */
const LAMBDA_UID = 993;

export type PublishOptions = {
  /** The folder that Node.js was given; what is in it is moved. */
  readonly work: string;
  /** Where it goes, beside it. */
  readonly out: string;
  readonly handler: string;
  /** The task root, absolute. */
  readonly root: string;
};

export type Published = {
  readonly files: number;
  readonly bytes: number;
  /** Its folders; the first one is the others' too. */
  readonly names: readonly string[];
  /** It may be used elsewhere, if it keeps its place beside the code. */
  readonly isPortable: boolean;
};

/**
 * Where there are several folders, makes a cache of them that has nothing yet: a runtime that is
 * given it has Node.js write to the one that it would read from.
 *
 * @returns False: there is one folder or none, and nothing has been changed.
 */
export function offerFolders(options: PublishOptions): boolean {
  const { work } = options;
  const names = readdirSync(work);
  if (names.length < 2) return false;
  for (const name of names) {
    rmSync(join(work, name), { recursive: true });
    mkdirSync(join(work, name));
    writeManifest(join(work, name), options);
  }
  return true;
}

/** @throws CliError when Node.js has written nothing, or the place cannot be written to. */
export function publishCache(options: PublishOptions): Published {
  const { work, out } = options;
  const written = readdirSync(work).filter((name) => compiledIn(join(work, name)).length > 0);
  const [made, ...others] = written;
  if (made === undefined || others.length > 0) {
    throw new CliError(
      EXIT.environment,
      'Cannot make a compile cache: Node.js has written ' +
        (made === undefined ? 'none' : `several: ${written.join(', ')}`),
    );
  }
  const folder = join(work, made);
  const files = compiledIn(folder);
  let bytes = 0;
  for (const file of files) {
    // Node lets nobody else read them.
    chmodSync(join(folder, file), 0o644);
    bytes += statSync(join(folder, file)).size;
  }
  chmodSync(folder, 0o755);
  writeManifest(folder, options);
  const names = namesFor(made, process.getuid?.());
  try {
    place(folder, out, names);
  } catch (cause) {
    const { message } = cause as Error;
    throw new CliError(EXIT.environment, `Cannot write the compile cache "${out}": ${message}`, {
      cause,
    });
  }
  return { files: files.length, bytes, names, isPortable: canMove() };
}

function compiledIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((file) => file !== CACHE_MANIFEST);
}

/** `work` and `out` lie side by side: the task root is at the same place as seen from both. */
function writeManifest(folder: string, { out, handler, root }: PublishOptions): void {
  const place = canMove() ? relative(out, root) : root;
  const manifest: CacheManifest = { bulkhead: VERSION, handler, root: place };
  writeFileSync(join(folder, CACHE_MANIFEST), `${JSON.stringify(manifest)}\n`);
}

/** Node.js may count the user who has it read: that is Lambda's, and who has made it may try it. */
export function namesFor(made: string, uid: number | undefined): readonly string[] {
  const ending = `-${uid}`;
  if (uid === undefined || !made.endsWith(ending)) return [made];
  const name = made.slice(0, -ending.length);
  return [...new Set([`${name}-${LAMBDA_UID}`, made])];
}

function place(folder: string, out: string, names: readonly string[]): void {
  const [first = '', ...others] = names;
  mkdirSync(out, { recursive: true });
  for (const name of names) rmSync(join(out, name), { recursive: true, force: true });
  renameSync(folder, join(out, first));
  for (const name of others) symlinkSync(first, join(out, name));
}

/** From 24.12 on Node.js can tell modules by their places beside the cache. */
function canMove(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 12);
}
