// Where a text stops being JSON. JSON.parse does not always say, and not on every Node alike; this
// runs only after JSON.parse has refused the text.

export type Position = { readonly line: number; readonly column: number };

const SPACE = /[ \t\n\r]*/y;
/** Any character that may stand in a string as it is: from the space on, but `"` and `\`. */
const PLAIN = String.raw`[ !#-\[\]-\uffff]`;
const STRING_BODY: string = String.raw`"(?:${PLAIN}|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const SCALAR = new RegExp(`${STRING_BODY}"|${NUMBER}|true|false|null`, 'y');
/** A string as far as it is one. */
const STRING_START = new RegExp(STRING_BODY, 'y');

/** The first place at which the text cannot go on as JSON, counted from 1. */
export function jsonErrorPosition(text: string): Position {
  const before = text.slice(0, errorOffset(text)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd';

function errorOffset(text: string): number {
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    offset = matchEnd(SPACE, text, offset) ?? offset;
    const character = text[offset];
    if (character === undefined) return offset;
    const container = open.at(-1);
    if (expected === 'colon') {
      if (character !== ':') return offset;
      expected = 'value';
      offset += 1;
    } else if (expected === 'commaOrEnd' && container !== undefined && character === ',') {
      expected = container === '{' ? 'key' : 'value';
      offset += 1;
    } else if (isClosing(character, container) && expected !== 'value' && expected !== 'key') {
      open.pop();
      expected = 'commaOrEnd';
      offset += 1;
    } else if (expected === 'commaOrEnd') {
      return offset;
    } else if (expected === 'key' || expected === 'keyOrEnd') {
      const end = character === '"' ? matchEnd(SCALAR, text, offset) : undefined;
      if (end === undefined) return matchEnd(STRING_START, text, offset) ?? offset;
      expected = 'colon';
      offset = end;
    } else if (character === '[' || character === '{') {
      open.push(character);
      expected = character === '{' ? 'keyOrEnd' : 'valueOrEnd';
      offset += 1;
    } else {
      const end = matchEnd(SCALAR, text, offset);
      if (end === undefined) return matchEnd(STRING_START, text, offset) ?? offset;
      expected = 'commaOrEnd';
      offset = end;
    }
  }
}

function isClosing(character: string, container: '[' | '{' | undefined): boolean {
  return (character === ']' && container === '[') || (character === '}' && container === '{');
}

function matchEnd(pattern: RegExp, text: string, offset: number): number | undefined {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
