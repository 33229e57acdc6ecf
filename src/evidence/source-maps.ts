// Where a frame of generated code is in the sources it was made from, and what its function is
// called there. Files are read when a stack is at hand, never before, and within a bound.
import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawFrame } from '../core/captured-stack.ts';
import type { Place } from './frames.ts';
import { findSegments, type Position, type Segment } from './mappings.ts';
import { nameInSource, namePositions } from './original-names.ts';

type SourceMapFile = {
  readonly mappings: string;
  readonly names: readonly string[];
  /** Absolute paths, or URLs of other schemes. */
  readonly sources: readonly string[];
  /** Of each source; empty when the map does not hold it. */
  readonly contents: readonly string[];
  /** Lines of the generated file. */
  readonly generated: readonly string[];
};

/** Files of which the maps are kept: reading one again takes time when there is none. */
const FILES_MAX = 8;
const COMMENT = '//# sourceMappingURL=';
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

type Fields = Partial<
  Record<'mappings' | 'names' | 'sources' | 'sourcesContent' | 'sourceRoot', unknown>
>;

export class SourceMaps {
  readonly #files = new Map<string, SourceMapFile | undefined>();

  /**
   * Reads the maps of these files, unless that has been done, or would take more than `bytesMax`
   * for one of them: that one is then read when it is asked for with a greater bound.
   */
  load(files: Iterable<string>, bytesMax: number): void {
    for (const file of new Set(files)) {
      if (!isAbsolute(file) || this.#files.has(file)) continue;
      const map = readMap(file, bytesMax);
      if (map === 'too big') continue;
      if (this.#files.size >= FILES_MAX) this.#files.delete(this.#files.keys().next().value ?? '');
      this.#files.set(file, map);
    }
  }

  /** The places of all frames, in their order; undefined for those without a map. */
  findAll(frames: readonly RawFrame[]): readonly (Place | undefined)[] {
    const places: (Place | undefined)[] = frames.map(() => undefined);
    for (const file of new Set(frames.map((frame) => frame.file))) {
      const map = this.#files.get(file);
      if (map === undefined) continue;
      for (const [index, place] of findInFile(map, file, frames)) places[index] = place;
    }
    return places;
  }
}

function findInFile(
  map: SourceMapFile,
  file: string,
  frames: readonly RawFrame[],
): readonly (readonly [index: number, place: Place])[] {
  const own = [...frames.entries()].filter(([, frame]) => frame.file === file);
  const asked = own.map(([index, frame]) => {
    const at: Position = { line: frame.line - 1, column: frame.column - 1 };
    return [at, ...namePositions(frames, index, map.generated)];
  });
  const segments = findSegments(map.mappings, asked.flat());
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
  const file = segment?.source === undefined ? undefined : map.sources[segment.source];
  if (segment === undefined || file === undefined) return undefined;
  const { sourceLine, sourceColumn } = segment;
  return { file, line: sourceLine + 1, column: sourceColumn + 1, name: undefined };
}

/** By the `names` of the map; else by what the source says where the function begins. */
function toName(
  map: SourceMapFile,
  frame: RawFrame,
  positions: readonly Position[],
  segments: readonly (Segment | undefined)[],
): string | undefined {
  for (const [index, segment] of segments.entries()) {
    const isExact = segment?.column === positions[index]?.column;
    if (isExact && segment?.name !== undefined) return map.names[segment.name];
  }
  const start = findSegments(map.mappings, [
    { line: frame.startLine - 1, column: frame.startColumn - 1 },
  ])[0];
  const text = start?.source === undefined ? undefined : map.contents[start.source];
  const line = text?.split('\n', (start?.sourceLine ?? 0) + 1)[start?.sourceLine ?? 0];
  return (
    nameInSource(line, start?.sourceColumn ?? 0) ?? (frame.name === '' ? undefined : frame.name)
  );
}

function readMap(file: string, bytesMax: number): SourceMapFile | undefined | 'too big' {
  try {
    if (statSync(file).size > bytesMax) return 'too big';
    const generated = readFileSync(file, 'utf8');
    const url = findUrl(generated);
    if (url?.startsWith('data:') === true) return toMapFile(decode(url), file, generated);
    const path = url === undefined ? `${file}.map` : toMapPath(file, url);
    if (path === undefined) return undefined;
    if (statSync(path).size > bytesMax) return 'too big';
    return toMapFile(readFileSync(path, 'utf8'), path, generated);
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
    .split(/\s+/);
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
  const { mappings, names, sources, sourcesContent, sourceRoot } = (map ?? {}) as Fields;
  if (typeof mappings !== 'string') return undefined;
  const root = typeof sourceRoot === 'string' ? sourceRoot : '';
  return {
    mappings,
    names: toTexts(names),
    sources: toTexts(sources).map((source) => toSourcePath(path, root, source)),
    contents: toTexts(sourcesContent),
    generated: generated.split('\n'),
  };
}

function toSourcePath(mapPath: string, root: string, source: string): string {
  if (source.startsWith('file:')) return fileURLToPath(source);
  if (SCHEME.test(source)) return source;
  if (SCHEME.test(root)) return `${root.replace(/\/$/, '')}/${source}`;
  return resolve(dirname(mapPath), root, source);
}

function toTexts(values: unknown): readonly string[] {
  if (!Array.isArray(values)) return [];
  return values.map((value) => (typeof value === 'string' ? value : ''));
}
