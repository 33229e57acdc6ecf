// `--event FILE|-|JSON` -> the text of an event that is known to be JSON.
import { readFile } from 'node:fs/promises';
import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import { usageError } from './cli-error.ts';
import { jsonErrorPosition } from './json-error-position.ts';

/**
 * Reads the event, as it is: the bytes that the handler sees are the ones that were given.
 *
 * @throws CliError naming the source of the event and the place in it.
 */
export async function readEvent(
  argument: string,
  readInput: () => Promise<string> = readStdin,
): Promise<string> {
  const { text, source } = await eventText(argument, readInput);
  const bytes = Buffer.byteLength(text);
  if (bytes > PAYLOAD_BYTES_MAX) {
    throw usageError(
      `Cannot use the event of ${source}: it has ${bytes} bytes, Lambda takes ${PAYLOAD_BYTES_MAX}`,
    );
  }
  checkJson(text, `the event of ${source}`);
  return text;
}

/**
 * Checks that a text is JSON.
 *
 * @throws CliError with line and column of the mistake.
 */
export function checkJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.trim() === '')
      throw usageError(`Cannot use ${what}: it is empty, not JSON`, { cause });
    const { line, column } = jsonErrorPosition(text);
    const reason = cause instanceof Error ? withoutPosition(cause.message) : String(cause);
    throw usageError(
      `Cannot use ${what}: it is not JSON at line ${line}, column ${column} (${reason})`,
      { cause },
    );
  }
}

/** V8 gives a place of its own for some mistakes; one place is enough. */
function withoutPosition(message: string): string {
  return message.replace(/ in JSON at position \d+(?: \(line \d+ column \d+\))?$/, '');
}

async function eventText(
  argument: string,
  readInput: () => Promise<string>,
): Promise<{ text: string; source: string }> {
  if (argument === '-') return { text: await readInput(), source: 'stdin' };
  if (looksLikeJson(argument)) return { text: argument, source: '--event' };
  return { text: await readEventFile(argument), source: `"${argument}"` };
}

/** A file name may begin with anything but these; a bare number or word may be both. */
function looksLikeJson(argument: string): boolean {
  return /^\s*(?:["[{]|(?:-?\d[\d.eE+-]*|true|false|null)\s*$)/.test(argument);
}

async function readEventFile(file: string): Promise<string> {
  try {
    // A byte order mark, which some editors write, is not JSON.
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const state = code === 'ENOENT' ? 'there is no such file' : message;
    throw usageError(
      `Cannot read the event "${file}": ${state}; --event takes a file, "-" for stdin, or JSON`,
      { cause },
    );
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}
