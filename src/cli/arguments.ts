// The words after a command -> handler and flags. Refuses what the command's table does not have.
import { parseArgs } from 'node:util';
import { usageError } from './cli-error.ts';
import type { Command, Flag } from './commands.ts';

export type Arguments = {
  readonly positionals: readonly string[];
  readonly isHelpWanted: boolean;
  /** Every value of each flag, in the order given; a switch has an empty one. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
};

/**
 * Reads the arguments of one command.
 *
 * @throws CliError naming the flag and what the command accepts.
 */
export function parseArguments(command: Command, args: readonly string[]): Arguments {
  const options: Record<string, { type: 'string' | 'boolean'; multiple: true; short?: string }> = {
    help: { type: 'boolean', multiple: true, short: 'h' },
  };
  for (const { name, value } of command.flags) {
    options[name.slice(2)] = { type: value === undefined ? 'boolean' : 'string', multiple: true };
  }
  // Not strict: the refusals below name what is accepted, which Node's own do not.
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flags = new Map<string, string[]>();
  let isHelpWanted = false;
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (token.name === 'help') {
      isHelpWanted = true;
      continue;
    }
    const flag = command.flags.find(({ name }) => name === token.rawName);
    if (flag === undefined) throw unknownFlag(command, token.rawName);
    const values = flags.get(flag.name) ?? [];
    flags.set(flag.name, [...values, flagValue(flag, token.value)]);
  }
  return { positionals, isHelpWanted, flags };
}

/** The last value of a flag: a later one overrides an earlier one. */
export function lastValue(args: Arguments, name: Flag['name']): string | undefined {
  return args.flags.get(name)?.at(-1);
}

/**
 * The one handler of a command line.
 *
 * @throws CliError when there is none, or more than one word.
 */
export function requiredHandler(command: Command, { positionals }: Arguments): string {
  const [handler, extra] = positionals;
  if (handler === undefined || handler === '') {
    throw usageError(
      `Cannot run "bulkhead ${command.name}": no handler is given; ` +
        `name one, as in "bulkhead ${command.name} examples/hello.handler"`,
    );
  }
  if (extra !== undefined) {
    throw usageError(
      `Cannot use "${extra}": "bulkhead ${command.name}" takes one handler, "${handler}" is it`,
    );
  }
  return handler;
}

function flagValue(flag: Flag, value: string | undefined): string {
  if (flag.value === undefined) {
    if (value === undefined) return '';
    throw usageError(`Cannot use ${flag.name} with "${value}": it takes no value`);
  }
  if (value === undefined) {
    throw usageError(
      `Cannot use ${flag.name}: its value is missing, as in ${flag.name} ${flag.value}`,
    );
  }
  return value;
}

function unknownFlag(command: Command, rawName: string): Error {
  const accepted = [...command.flags.map(({ name }) => name), '--help'].join(', ');
  return usageError(
    `Cannot use "${rawName}": "bulkhead ${command.name}" has no such flag; it accepts ${accepted}`,
  );
}
