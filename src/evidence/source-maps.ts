// Where a frame of generated code is in the sources it was made from, and what its function is
// called there. Files are read when a stack is at hand, never before, and within a budget.
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawFrame } from '../core/captured-stack.ts';
import { type Place, toPath } from './frames.ts';
import { type LookBudget, READ_SHARE } from './look-budget.ts';
import { findSegments, type Position, type Segment } from './mappings.ts';
import { namePositions, pickLines } from './original-names.ts';

/** As the file has it: the few entries that a stack needs are checked when they are needed. */
type SourceMapFile = {
  readonly path: string;
  readonly root: string;
  readonly mappings: string;
  readonly names: readonly unknown[];
  readonly sources: readonly unknown[];
  /** The generated file; empty when the map has no names to look up by it. */
  readonly generated: string;
};

/** Files of which it is known what map they have, and the length of all that is kept of them,
 * characters: reading one again takes time when there is none. */
const FILES_MAX = 64;
const KEPT_CHARS_MAX = 32_000_000;
/** As long as Linux lets a path be. */
const PATH_CHARS_MAX = 4096;
const COMMENT = '//# sourceMappingURL=';
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

type Fields = Partial<Record<'mappings' | 'names' | 'sources' | 'sourceRoot', unknown>>;

export class SourceMaps {
  readonly #files = new Map<string, SourceMapFile | undefined>();
  #keptChars = 0;

  /** Reads the maps of these files, unless that has been done, or would take more than what is
   * left: then it is done when it is asked for with more. */
  load(files: Iterable<string>, budget: LookBudget): void {
    for (const file of new Set(files)) {
      if (!isAbsolute(file) || this.#files.has(file)) continue;
      const map = readMap(file, budget);
      if (map === 'too big') continue;
      this.#keep(file, map);
    }
  }

  /** The places of all frames, in their order; undefined for those without a map, and for those
   * that are not found in time. */
  findAll(frames: readonly RawFrame[], budget: LookBudget): readonly (Place | undefined)[] {
    const places: (Place | undefined)[] = frames.map(() => undefined);
    for (const file of new Set(frames.map((frame) => frame.file))) {
      const map = this.#files.get(file);
      if (map === undefined) continue;
      for (const [index, place] of findInFile(map, file, frames, budget)) places[index] = place;
    }
    return places;
  }

  /** The oldest go. */
  #keep(file: string, map: SourceMapFile | undefined): void {
    this.#files.set(file, map);
    this.#keptChars += lengthOf(map);
    for (const [oldFile, old] of this.#files) {
      if (this.#files.size <= FILES_MAX && this.#keptChars <= KEPT_CHARS_MAX) break;
      this.#files.delete(oldFile);
      this.#keptChars -= lengthOf(old);
    }
  }
}

function lengthOf(map: SourceMapFile | undefined): number {
  return map === undefined ? 0 : map.mappings.length + map.generated.length;
}

function findInFile(
  map: SourceMapFile,
  file: string,
  frames: readonly RawFrame[],
  budget: LookBudget,
): readonly (readonly [index: number, place: Place])[] {
  const isOver = (): boolean => budget.isOver;
  const own = [...frames.entries()].filter(([, frame]) => frame.file === file);
  const wanted = new Set(own.flatMap(([, frame]) => [frame.line - 1, frame.startLine - 1]));
  const lines = pickLines(map.generated, wanted, isOver);
  const asked = own.map(([index, frame]) => {
    const at: Position = { line: frame.line - 1, column: frame.column - 1 };
    return [at, ...namePositions(frames, index, lines)];
  });
  // All at once: each reading of the mappings takes as long as all of them together.
  const segments = findSegments(map.mappings, asked.flat(), isOver);
  let taken = 0;
  return own.flatMap(([index, frame], nth) => {
    const positions = asked[nth] ?? [];
    const ofFrame = segments.slice(taken, taken + positions.length);
    taken += positions.length;
    const place = toPlace(map, ofFrame[0]);
    if (place === undefined) return [];
    const name = toName(map, frame, positions.slice(1), ofFrame.slice(1));
    return [[index, { ...place, name }] as const];
  });
}

function toPlace(map: SourceMapFile, segment: Segment | undefined): Place | undefined {
  const source = segment?.source === undefined ? undefined : map.sources[segment.source];
  if (segment === undefined || !isPath(source)) return undefined;
  const { sourceLine, sourceColumn } = segment;
  const file = toSourcePath(map.path, map.root, source);
  return { file, line: sourceLine + 1, column: sourceColumn + 1, name: undefined };
}

/** By the `names` of the map, at a place where a name begins; else without the class, which may
 * have been renamed. Undefined for a map without names: then nothing has been. */
function toName(
  map: SourceMapFile,
  frame: RawFrame,
  positions: readonly Position[],
  segments: readonly (Segment | undefined)[],
): string | undefined {
  for (const [index, segment] of segments.entries()) {
    if (segment?.name === undefined || segment.column !== positions[index]?.column) continue;
    const name = map.names[segment.name];
    if (typeof name === 'string') return name;
  }
  return map.names.length === 0 || frame.name === '' ? undefined : frame.name;
}

function readMap(file: string, budget: LookBudget): SourceMapFile | undefined | 'too big' {
  try {
    const generated = budget.read(file, READ_SHARE);
    if (generated === undefined) return 'too big';
    const url = findUrl(generated);
    if (url?.startsWith('data:') === true) {
      return budget.take(url.length) ? toMapFile(decode(url), file, generated) : 'too big';
    }
    const path = url === undefined ? `${file}.map` : toMapPath(file, url);
    if (path === undefined) return undefined;
    const text = budget.read(path, 1);
    return text === undefined ? 'too big' : toMapFile(text, path, generated);
  } catch {
    // There is no such file, or it is no source map: the generated place is told instead.
    return undefined;
  }
}

/** Of the comment that ends a generated file. */
function findUrl(generated: string): string | undefined {
  const at = generated.lastIndexOf(COMMENT);
  if (at < 0) return undefined;
  const [url = '', ...rest] = generated
    .slice(at + COMMENT.length)
    .trim()
    .split(/\s+/, 2);
  // Whatever follows: then it is a text of the program's.
  return rest.length === 0 && url !== '' ? url : undefined;
}

function toMapPath(file: string, url: string): string | undefined {
  if (url.startsWith('file:')) return fileURLToPath(url);
  return SCHEME.test(url) ? undefined : resolve(dirname(file), decodeURIComponent(url));
}

function decode(url: string): string {
  const comma = url.indexOf(',');
  const isBase64 = url.slice(0, comma).endsWith(';base64');
  const data = url.slice(comma + 1);
  return isBase64 ? Buffer.from(data, 'base64').toString('utf8') : decodeURIComponent(data);
}

function toMapFile(text: string, path: string, generated: string): SourceMapFile | undefined {
  const map: unknown = JSON.parse(text);
  const { mappings, names, sources, sourceRoot } = (map ?? {}) as Fields;
  if (typeof mappings !== 'string') return undefined;
  const hasNames = Array.isArray(names) && names.length > 0;
  return {
    path,
    root: isPath(sourceRoot) ? sourceRoot : '',
    mappings,
    names: hasNames ? names : [],
    sources: Array.isArray(sources) ? sources : [],
    generated: hasNames ? generated : '',
  };
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.length <= PATH_CHARS_MAX;
}

function toSourcePath(mapPath: string, root: string, source: string): string {
  if (source.startsWith('file:')) return toPath(source);
  if (SCHEME.test(source)) return source;
  if (SCHEME.test(root)) return `${root.replace(/\/$/, '')}/${source}`;
  return resolve(dirname(mapPath), root, source);
}
