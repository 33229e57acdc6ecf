// The files of this project as text, for the rules that a linter cannot check.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export type SourceFile = {
  /** From the root of the project, with slashes. */
  readonly path: string;
  readonly text: string;
  /** The text without its comments. */
  readonly code: string;
  /** What it imports, in whatever way: paths of the project, `node:` modules, packages. */
  readonly imports: readonly string[];
};

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const SKIPPED = /(^|\/)(node_modules|fixtures|results)(\/|$)/;
const IMPORT = /(?:\bfrom |\bimport |\bimport\(|\brequire\(|\.resolve\(|\)\()'([^'\n]+)'/g;

/** All files of a folder with one of these endings, sorted. */
export function readSources(folder: string, endings: readonly string[] = ['.ts']): SourceFile[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => !SKIPPED.test(path) && endings.some((ending) => path.endsWith(ending)))
    .sort()
    .map(readSource);
}

export function readText(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8');
}

function readSource(path: string): SourceFile {
  const text = readText(path);
  const code = withoutComments(text);
  const imports = [...code.matchAll(IMPORT)].map(([, name = '']) =>
    name.startsWith('.') ? posix.join(posix.dirname(path), name) : name,
  );
  return { path, text, code, imports };
}

/** Good enough for formatted code: a comment begins a line or follows a space. */
function withoutComments(text: string): string {
  return text.replace(/(^|\s)\/\*[\s\S]*?\*\//g, '$1').replace(/(^|\s)\/\/.*$/gm, '$1');
}
