// Module name -> file, and how Node has to load it. Reads the file system, runs nothing.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import type { HandlerName } from './handler-name.ts';

export type FoundModule =
  | { readonly kind: 'found'; readonly file: string }
  | {
      readonly kind: 'missing';
      readonly lookedFor: readonly string[];
      /** A file of that name in TypeScript, which is not looked for unless asked. */
      readonly notAskedFor: string | undefined;
    };

export type FindOptions = {
  /** Absolute folders in which the module is looked for, in this order. */
  readonly taskRoots: readonly string[];
  /** Whether `.ts`, `.mts` and `.cts` count, after all others (row A2.11). */
  readonly typescript?: boolean | undefined;
};

/** `ambiguous`: no package.json decides, so the syntax does. */
export type ModuleFormat = 'module' | 'commonjs' | 'ambiguous';

/** The reference client's order (row A2.5). */
const EXTENSIONS = ['', '.js', '.mjs', '.cjs'];
const TYPESCRIPT_EXTENSIONS = ['.ts', '.mts', '.cts'];
/** What Node's own directory rule (`main`, `index.js`) does not know. */
const INDEX_EXTENSIONS = ['.mjs', '.cjs'];
/** A package.json decides what they are, or else their syntax. */
const OF_EITHER_KIND: readonly string[] = ['', '.js', '.ts'];

const require = createRequire(import.meta.url);

/**
 * Looks for a file in each root in turn, then for a folder with an entry point (A2.7): a folder of
 * the module's name never hides a file. When no root has either, among the packages that the roots
 * and NODE_PATH can see (A2.8).
 *
 * @throws Error Node's own, when a package.json on the way is broken or hides the entry point.
 */
export function findModule(name: HandlerName, options: FindOptions): FoundModule {
  const { taskRoots, typescript = false } = options;
  const lookedFor = new Set<string>();
  const bases = taskRoots.map((root) => resolve(root, name.moduleRoot, name.moduleName));
  const more = typescript ? TYPESCRIPT_EXTENSIONS : [];
  const file =
    firstOf(bases, (base) => findFile(base, [...EXTENSIONS, ...more], lookedFor)) ??
    findElsewhere(name, taskRoots, bases, [...INDEX_EXTENSIONS, ...more], lookedFor);
  if (file !== undefined) return { kind: 'found', file };
  const notAskedFor = firstOf(bases, (base) => findFile(base, TYPESCRIPT_EXTENSIONS, new Set()));
  return { kind: 'missing', lookedFor: [...lookedFor], notAskedFor };
}

function findElsewhere(
  name: HandlerName,
  taskRoots: readonly string[],
  bases: readonly string[],
  indexExtensions: readonly string[],
  lookedFor: Set<string>,
): string | undefined {
  // Without a name the base is the root itself, and its index no handler module.
  if (name.moduleName === '') return undefined;
  return (
    firstOf(bases, (base) => findInFolder(base, indexExtensions, lookedFor)) ??
    findPackage(name, taskRoots, lookedFor)
  );
}

function firstOf<Item>(
  items: readonly Item[],
  find: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function isTypeScript(file: string): boolean {
  return TYPESCRIPT_EXTENSIONS.includes(extname(file));
}

/** How Node treats that file: by extension, else by the nearest package.json (rows A2.6, A2.9). */
export function moduleFormat(file: string): ModuleFormat {
  const extension = extname(file);
  if (extension === '.mjs' || extension === '.mts') return 'module';
  if (!OF_EITHER_KIND.includes(extension)) return 'commonjs';
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (folder.endsWith('/node_modules')) return 'ambiguous';
    const type = packageType(join(folder, 'package.json'));
    if (type !== undefined) return type;
    if (folder === dirname(folder)) return 'ambiguous';
  }
}

function findFile(
  base: string,
  extensions: readonly string[],
  lookedFor: Set<string>,
): string | undefined {
  for (const extension of extensions) {
    const file = base + extension;
    if (isFile(file)) return file;
    lookedFor.add(file);
  }
  return undefined;
}

function findInFolder(
  folder: string,
  indexExtensions: readonly string[],
  lookedFor: Set<string>,
): string | undefined {
  if (!isFolder(folder)) return undefined;
  const entry = tryResolve(folder);
  if (entry !== undefined) return entry;
  lookedFor.add(join(folder, 'index.js'));
  return findFile(join(folder, 'index'), indexExtensions, lookedFor);
}

function findPackage(
  name: HandlerName,
  taskRoots: readonly string[],
  lookedFor: Set<string>,
): string | undefined {
  const paths = taskRoots.flatMap((root) => [root, join(root, name.moduleRoot)]);
  const file = tryResolve(name.moduleName, paths);
  // A handler called `events.handler` does not mean Node's own module of that name.
  if (file !== undefined && isAbsolute(file)) return file;
  for (const root of taskRoots) lookedFor.add(join(root, 'node_modules', name.moduleName));
  return undefined;
}

/** Undefined when there is nothing; what is there and broken, Node explains with an error. */
function tryResolve(request: string, paths?: readonly string[]): string | undefined {
  try {
    return require.resolve(request, paths && { paths: [...paths] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Undefined: no such file, go on above. A package.json without `type` ends the search. */
function packageType(packageFile: string): ModuleFormat | undefined {
  let text: string;
  try {
    text = readFileSync(packageFile, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const { type } = JSON.parse(text) as { readonly type?: unknown };
    return type === 'module' || type === 'commonjs' ? type : 'ambiguous';
  } catch {
    // Node says so itself, with the file's name, when it loads the module.
    return 'ambiguous';
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
