// What a function was called before a minifier renamed it. A source map tells the original name of
// an identifier at its place, so what is looked for is a place where the function's name stands.
import type { RawFrame } from '../core/captured-stack.ts';
import type { Position } from './mappings.ts';

/** Further away from the beginning of a function its name is not looked for, characters. */
const NAME_CHARS_MAX = 200;
const FUNCTION_HEAD = /^(?:async\s+)?(?:function\s*\*?\s*|class\s+)([\w$]+)/;
/** What stands before an arrow function or a function without a name. */
const ASSIGNED = /([\w$]+)\s*[=:]\s*(?:async\s*)?\(?$/;
const METHOD = /^(?:static\s+|async\s+|get\s+|set\s+|\*\s*)*#?([\w$]+)\s*\(/;
const VARIABLE = /^(?:export\s+)?(?:const|let|var)\s+([\w$]+)\s*[:=]/;
const DECLARATION = /^(?:export\s+)?(?:default\s+)?(.*)$/;
const NOT_A_NAME: ReadonlySet<string> = new Set([
  'function',
  'if',
  'for',
  'while',
  'switch',
  'catch',
]);

/** Places in the generated text where the name of that frame's function stands. */
export function namePositions(
  frames: readonly RawFrame[],
  index: number,
  generated: readonly string[],
): readonly Position[] {
  const frame = frames[index];
  if (frame === undefined || frame.name === '') return [];
  const name = frame.name.slice(frame.name.lastIndexOf('.') + 1);
  return [
    atDefinition(frame, name, generated),
    atCall(frames[index + 1], frame, name, generated),
  ].filter((position) => position !== undefined);
}

/** By the text of the source where the function begins, for maps that have no names. */
export function nameInSource(line: string | undefined, column: number): string | undefined {
  if (line === undefined) return undefined;
  const [before, text] = [line.slice(0, column), line.slice(column)];
  const head = DECLARATION.exec(text)?.[1] ?? '';
  const found =
    FUNCTION_HEAD.exec(head)?.[1] ??
    VARIABLE.exec(text)?.[1] ??
    ASSIGNED.exec(before)?.[1] ??
    METHOD.exec(text)?.[1];
  return found === undefined || NOT_A_NAME.has(found) ? undefined : found;
}

function atDefinition(
  frame: RawFrame,
  name: string,
  generated: readonly string[],
): Position | undefined {
  const line = frame.startLine - 1;
  const text = generated[line];
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
  generated: readonly string[],
): Position | undefined {
  if (caller === undefined || caller.file !== frame.file) return undefined;
  const position = { line: caller.line - 1, column: caller.column - 1 };
  const text = generated[position.line]?.slice(position.column, position.column + name.length + 1);
  return text === `${name}(` ? position : undefined;
}
