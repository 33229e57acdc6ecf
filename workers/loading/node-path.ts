// Gives NODE_PATH, where layers put their packages, to `import` as well: Node itself looks there
// for `require` alone, and only the Node of the managed runtime is patched (row A1.12).
import { createRequire, registerHooks } from 'node:module';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Resolve = (specifier: string, parentUrl?: string) => { readonly url: string };

/** Neither a path nor a URL, nor one of a package's own names (`#name`). */
const PACKAGE = /^(@[^/:]+\/)?[^./:@#\\][^/:\\]*(\/|$)/;

const require = createRequire(import.meta.url);

/**
 * From here on, a package that Node finds nowhere else is looked for in these folders, in their
 * order, by this thread's imports. In a `node_modules` folder Node's own rules hold; elsewhere a
 * package is found by its `exports`, else like a folder that is required.
 *
 * @param nodePath folders as NODE_PATH lists them; a relative one counts for nothing.
 */
export function letImportsSeeNodePath(nodePath: string): void {
  const folders = nodePath.split(delimiter).filter(isAbsolute);
  if (folders.length === 0) return;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!isMissing(error) || !PACKAGE.test(specifier)) throw error;
        const again: Resolve = (request, parentURL = context.parentURL) =>
          nextResolve(request, { ...context, parentURL });
        // The first error says who wanted what.
        return findIn(folders, specifier, again) ?? raise(error);
      }
    },
  });
}

function findIn<Found>(
  folders: readonly string[],
  specifier: string,
  resolve: (specifier: string, parentUrl?: string) => Found,
): Found | undefined {
  for (const folder of folders) {
    const found =
      unlessMissing(() => resolve(specifier, importerUrl(folder, specifier))) ??
      unlessMissing(() => resolve(pathToFileURL(require.resolve(join(folder, specifier))).href));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A file, not there, from which Node's rules lead to the package: beside the folder, or inside the
 * package, which may import itself by its name. */
function importerUrl(folder: string, specifier: string): string {
  const [packageName = ''] = PACKAGE.exec(specifier) ?? [];
  const place = basename(folder) === 'node_modules' ? dirname(folder) : join(folder, packageName);
  return pathToFileURL(join(place, 'importer.mjs')).href;
}

function unlessMissing<Found>(find: () => Found): Found | undefined {
  try {
    return find();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function raise(error: unknown): never {
  throw error;
}
