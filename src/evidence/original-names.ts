// What a function was called before a minifier renamed it. A source map tells the original name of
// an identifier at its place, so what is looked for is a place where the function's name stands.
import type { RawFrame } from '../core/captured-stack.ts';
import type { Position } from './mappings.ts';

/** Further away from the beginning of a function its name is not looked for, characters. */
const NAME_CHARS_MAX = 200;
const FUNCTION_HEAD = /^(?:async\s+)?(?:function\s*\*?\s*|class\s+)([\w$]+)/;
/** What stands before an arrow function or a function without a name. Tried at the beginning of
 * each word only. */
const ASSIGNED = /(?<![\w$])([\w$]+)\s*[=:]\s*(?:async\s*)?\(?$/;
/** After so many lines the time is looked at. */
const LOOK_LINES = 4096;

/** The lines of a text, by their numbers from 0; as far as `isOver` lets it come. */
export function pickLines(
  text: string,
  wanted: ReadonlySet<number>,
  isOver: () => boolean,
): ReadonlyMap<number, string> {
  const lines = new Map<number, string>();
  for (let line = 0, at = 0; lines.size < wanted.size; line += 1) {
    if (line % LOOK_LINES === 0 && isOver()) break;
    const end = text.indexOf('\n', at);
    if (wanted.has(line)) lines.set(line, text.slice(at, end < 0 ? undefined : end));
    if (end < 0) break;
    at = end + 1;
  }
  return lines;
}

/** Places in the generated text where the name of that frame's function stands; `lines` has those
 * where the frames are and where their functions begin. */
export function namePositions(
  frames: readonly RawFrame[],
  index: number,
  lines: ReadonlyMap<number, string>,
): readonly Position[] {
  const frame = frames[index];
  if (frame === undefined || frame.name === '') return [];
  const name = frame.name.slice(frame.name.lastIndexOf('.') + 1);
  return [atDefinition(frame, name, lines), atCall(frames[index + 1], frame, name, lines)].filter(
    (position) => position !== undefined,
  );
}

function atDefinition(
  frame: RawFrame,
  name: string,
  lines: ReadonlyMap<number, string>,
): Position | undefined {
  const line = frame.startLine - 1;
  const text = lines.get(line);
  if (text === undefined) return undefined;
  const start = frame.startColumn - 1;
  const head = FUNCTION_HEAD.exec(text.slice(start, start + NAME_CHARS_MAX));
  if (head?.[1] === name) return { line, column: start + head[0].length - name.length };
  const before = text.slice(Math.max(0, start - NAME_CHARS_MAX), start);
  const assigned = ASSIGNED.exec(before);
  if (assigned?.[1] !== name) return undefined;
  return { line, column: start - before.length + assigned.index };
}

/** The frame outside of it stands where it has called the function, by whatever name. */
function atCall(
  caller: RawFrame | undefined,
  frame: RawFrame,
  name: string,
  lines: ReadonlyMap<number, string>,
): Position | undefined {
  if (caller === undefined || caller.file !== frame.file) return undefined;
  const position = { line: caller.line - 1, column: caller.column - 1 };
  const text = lines.get(position.line)?.slice(position.column, position.column + name.length + 1);
  return text === `${name}(` ? position : undefined;
}
