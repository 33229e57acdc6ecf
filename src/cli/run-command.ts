// Finds the command, runs it and turns whatever goes wrong into a message and an exit code.
import { VERSION } from '../core/version.ts';
import { parseArguments, requiredHandler } from './arguments.ts';
import { CliError, EXIT, type ExitCode, usageError } from './cli-error.ts';
import { COMMANDS, type Command } from './commands.ts';
import { commandHelp, generalHelp } from './help.ts';

/** Runs one command line and resolves with the exit code. Never rejects. */
export async function runCommand(args: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (error instanceof CliError) {
      process.stderr.write(`bulkhead: ${error.message}\n`);
      return error.exitCode;
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`bulkhead: Cannot go on, this is a defect of Bulkhead:\n${detail}\n`);
    return EXIT.environment;
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<ExitCode> {
  if (name === undefined) {
    process.stderr.write(generalHelp());
    return EXIT.usage;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(generalHelp());
    return EXIT.success;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.success;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((candidate) => candidate.name).join(', ');
    throw usageError(`Cannot run "${name}": there is no such command; the commands are ${names}`);
  }
  return await runNamed(command, rest);
}

async function runNamed(command: Command, rest: readonly string[]): Promise<ExitCode> {
  const args = parseArguments(command, rest);
  if (args.isHelpWanted) return printHelp(command);
  // A good `start` never comes here (see cli.ts): more than one handler is what is left.
  const handler = requiredHandler(command, args);
  if (command.name === 'dev') {
    const { runDev } = await import('./dev.ts');
    return await runDev(handler, args);
  }
  if (command.name === 'invoke') {
    const { runInvoke } = await import('./invoke.ts');
    return await runInvoke(handler, args);
  }
  if (command.name === 'warm') {
    const { runWarm } = await import('./warm.ts');
    return await runWarm(handler, args);
  }
  if (command.name === 'bench') {
    const { runBench } = await import('./bench.ts');
    return await runBench(handler, args);
  }
  throw usageError(`Cannot run "bulkhead ${command.name}": see "bulkhead ${command.name} --help"`);
}

function printHelp(command: Command): ExitCode {
  process.stdout.write(commandHelp(command));
  return EXIT.success;
}
