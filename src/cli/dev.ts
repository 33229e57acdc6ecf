// `bulkhead dev`: the emulator with the runtime behind it, until Ctrl-C.
import { relative } from 'node:path';
import type { Emulator } from '../emulator/emulator.ts';
import type { LogEntry } from '../emulator/emulator-options.ts';
import { type Arguments, lastValue } from './arguments.ts';
import { toBanner } from './banner.ts';
import { EXIT, type ExitCode } from './cli-error.ts';
import { findFreePort } from './free-port.ts';
import { readConcurrency, readFunctionOptions, readPort } from './function-options.ts';
import { toReadable } from './log-view.ts';
import { metricsRoute } from './metrics-route.ts';
import { startEmulator } from './start-emulator.ts';
import { type FileWatch, watchFiles } from './watch-files.ts';

const PORT = 9000;
const NAME = 'function';
/** 128 + SIGINT, as shells count: a second Ctrl-C does not wait for anything. */
const EXIT_INTERRUPTED = 130;
/** npm and a shell may both hand on one and the same Ctrl-C, ms. */
const ECHO_MS = 500;

/**
 * Serves the handler until SIGINT or SIGTERM.
 *
 * @throws CliError when an argument cannot be used or the port cannot be had.
 */
export async function runDev(handler: string, args: Arguments): Promise<ExitCode> {
  const options = readFunctionOptions(args, process.env);
  const port = readPort(args, '--port', PORT);
  const hasFunctionUrl = args.flags.has('--function-url');
  const functionUrlPort = readPort(args, '--function-url', 0);
  const name = lastValue(args, '--name');
  const concurrency = readConcurrency(args);
  const metricsPort = options.settings.metricsPort ?? (await findFreePort());
  const stop = whenStopped();
  const emulator = await startEmulator({
    handler,
    host: lastValue(args, '--host') ?? '127.0.0.1',
    port,
    env: { ...options.env, BULKHEAD_METRICS_PORT: String(metricsPort) },
    timeoutMs: options.timeoutMs,
    memoryMb: options.memoryMb,
    routes: { '/metrics': metricsRoute(metricsPort) },
    onLog: show,
    ...(name === undefined ? {} : { functionName: name }),
    ...(hasFunctionUrl ? { functionUrlPort } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
  });
  const watch = args.flags.has('--no-watch') ? undefined : watchFunction(emulator);
  const banner = toBanner({
    handler,
    name: name ?? NAME,
    url: emulator.url,
    functionUrl: emulator.functionUrl,
    timeoutMs: options.timeoutMs,
    memoryMb: options.memoryMb,
    concurrency,
    watching: watch === undefined ? 'no' : watch.isComplete ? 'yes' : 'partly',
  });
  process.stdout.write(banner);
  await stop;
  watch?.close();
  await emulator.close({ drains: true });
  return EXIT.success;
}

/** A new runtime serves the next event after a change; the event that runs is not cut off. */
function watchFunction(emulator: Emulator): FileWatch {
  const root = process.cwd();
  let restart = Promise.resolve();
  return watchFiles({
    root,
    onChange: (file) => {
      restart = restart.then(async () => {
        await emulator.restartRuntime();
        process.stdout.write(`Reloaded: ${relative(root, file)} has changed\n`);
      });
    },
  });
}

function show(entry: LogEntry): void {
  const line = toReadable(entry);
  if (line === undefined) return;
  const stream = entry.source === 'stderr' ? process.stderr : process.stdout;
  stream.write(`${line}\n`);
}

function whenStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let askedAtMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (nowMs - (askedAtMs ?? nowMs) > ECHO_MS) process.exit(EXIT_INTERRUPTED);
      askedAtMs ??= nowMs;
      resolve();
    });
  }
  return promise;
}
