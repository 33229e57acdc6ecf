// Starts the emulator and puts what stands in its way into words of the command line.
import { Emulator } from '../emulator/emulator.ts';
import type { EmulatorOptions } from '../emulator/emulator-options.ts';
import { CliError, EXIT, usageError } from './cli-error.ts';

/** What the emulator throws for a port that it cannot have. */
type ListenError = NodeJS.ErrnoException & { readonly port: number; readonly portOption: string };

/**
 * Starts an emulator with the runtime of this package.
 *
 * @throws CliError when the port cannot be had, or an option is not what the emulator takes.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  try {
    return await Emulator.start(options);
  } catch (cause) {
    if (cause instanceof TypeError) throw usageError(cause.message, { cause });
    const { code, message, port, portOption } = cause as ListenError;
    const address = `${options.host}:${port}`;
    if (code === 'EADDRINUSE') {
      const flag = portOption === 'functionUrlPort' ? '--function-url' : '--port';
      throw new CliError(
        EXIT.environment,
        `Cannot listen on ${address}: the port is in use; stop what uses it, or take another ` +
          `with ${flag} (${flag} 0 picks a free one)`,
        { cause },
      );
    }
    if (code === undefined) throw cause;
    throw new CliError(EXIT.environment, `Cannot listen on ${address}: ${message}`, { cause });
  }
}
