// What --help prints.
import { COMMANDS, type Command, EXIT_CODES, type Flag } from './commands.ts';

const HANDLER =
  'HANDLER is FILE.EXPORT: "src/app.handler" is the export "handler" of src/app.js, .mjs or .cjs.';

/** Help for the command as a whole. */
export function generalHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const commands = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `An AWS Lambda runtime for Node.js in which no handler can take the runtime down.

Usage: bulkhead <command> [options]

Commands:
${commands.join('\n')}

Options:
  -h, --help     this text; "bulkhead <command> --help" tells more
  -v, --version  the version

${HANDLER}

Examples:
  bulkhead dev examples/hello.handler
  bulkhead invoke examples/hello.handler --event '{"name":"Ada"}'

${exitCodesHelp(EXIT_CODES)}
`;
}

/** Help for one command. */
export function commandHelp({ usage, about, flags, examples, exitCodes }: Command): string {
  const sections = [`Usage: ${usage}`, about.join('\n'), HANDLER];
  if (flags.length > 0) sections.push(`Options:\n${flags.map(flagHelp).join('\n')}`);
  sections.push(`Examples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  sections.push(exitCodesHelp(exitCodes));
  return `${sections.join('\n\n')}\n`;
}

/** Columns of the flags, and of what they do: 98 in all. */
const HEAD_COLUMNS = 26;
const TEXT_COLUMNS = 68;

function flagHelp({ name, value, does, byDefault }: Flag): string {
  const head = value === undefined ? name : `${name} ${value}`;
  const text = byDefault === undefined ? does : `${does} Default: ${byDefault}.`;
  const indent = ' '.repeat(HEAD_COLUMNS + 4);
  return `  ${head.padEnd(HEAD_COLUMNS)}  ${wrap(text, TEXT_COLUMNS).join(`\n${indent}`)}`;
}

function exitCodesHelp(meanings: readonly string[]): string {
  return ['Exit codes:', ...meanings.map((meaning, code) => `  ${code}  ${meaning}`)].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
