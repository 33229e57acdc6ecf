// `bulkhead invoke`: one event through the emulator and the runtime, as Lambda would send it.
// The payload is all that goes to stdout, whether it is a result or an error.
import type { InvokeResult } from '../emulator/invoke-service.ts';
import { type Arguments, lastValue } from './arguments.ts';
import { CliError, EXIT, type ExitCode, usageError } from './cli-error.ts';
import { checkJson, readEvent } from './event-input.ts';
import { readFunctionOptions } from './function-options.ts';
import { toReadable } from './log-view.ts';
import { startEmulator } from './start-emulator.ts';
import { writeOut } from './write-out.ts';

/**
 * Invokes the handler once.
 *
 * @throws CliError before anything is started, when an argument cannot be used.
 */
export async function runInvoke(handler: string, args: Arguments): Promise<ExitCode> {
  const options = readFunctionOptions(args, process.env);
  const clientContext = readClientContext(lastValue(args, '--client-context'));
  const tenantId = lastValue(args, '--tenant-id');
  const event = await readEvent(lastValue(args, '--event') ?? '{}');
  let wasDelivered = false;
  const emulator = await startEmulator({
    handler,
    env: options.env,
    timeoutMs: options.timeoutMs,
    memoryMb: options.memoryMb,
    onLog: (entry) => {
      const line = toReadable(entry);
      if (line !== undefined) process.stderr.write(`${line}\n`);
    },
    onExchange: ({ endpoint, status }) => {
      wasDelivered ||= endpoint === 'next' && status === 200;
    },
  });
  let result: InvokeResult;
  try {
    result = await emulator.invoke(Buffer.from(event), {
      // Waits for the end of the log, which comes after the answer.
      logTail: true,
      ...(clientContext === undefined ? {} : { clientContext }),
      ...(tenantId === undefined ? {} : { tenantId }),
    });
  } finally {
    await emulator.close();
  }
  if (result.statusCode >= 300) throw refusal(result);
  await writeOut(Buffer.concat([result.payloadBytes, Buffer.from('\n')]));
  if (result.functionError === undefined) return EXIT.success;
  return wasDelivered ? EXIT.functionFailed : EXIT.initFailed;
}

function readClientContext(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const context = checkJson(text, 'the client context of --client-context');
  if (typeof context === 'object' && context !== null && !Array.isArray(context)) return context;
  throw usageError('Cannot use the client context of --client-context: it is not a JSON object');
}

/** The Invoke API did not run the function. */
function refusal({ errorType, payloadBytes }: InvokeResult): CliError {
  const detail = Buffer.from(payloadBytes).toString();
  return new CliError(EXIT.environment, `Cannot invoke the function: ${errorType} ${detail}`);
}
