// `bulkhead bench`: what the runtime costs this handler, cold and warm, phase by phase.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';
import { dirname, resolve } from 'node:path';
import { VERSION } from '../core/version.ts';
import { type Arguments, lastValue } from './arguments.ts';
import type { BenchResult } from './bench/bench-result.ts';
import { renderPage } from './bench/html-page.ts';
import { measure } from './bench/measure.ts';
import { showProgress } from './bench/show-progress.ts';
import { renderText } from './bench/text-report.ts';
import { planVariants } from './bench/variants.ts';
import { CliError, EXIT, type ExitCode, usageError } from './cli-error.ts';
import { readEvent } from './event-input.ts';
import { readCount, readFunctionOptions } from './function-options.ts';
import { writeOut } from './write-out.ts';

const COLD_STARTS = 10;
const COLD_STARTS_MAX = 1000;
const INVOCATIONS_MAX = 1_000_000;

/**
 * Measures the handler and prints what was found.
 *
 * @throws CliError before anything is started, when an argument cannot be used; or when the
 *   function fails, which is no bench.
 */
export async function runBench(handler: string, args: Arguments): Promise<ExitCode> {
  // A deployed function has the compiled code that was shipped with it.
  const options = readFunctionOptions(args, process.env, {});
  if (options.settings.isolation === 'none') {
    throw usageError(
      'Cannot measure with the isolation "none" alone: the bench compares with it; leave ' +
        '--isolation and BULKHEAD_ISOLATION out',
    );
  }
  const coldStarts = readCount(args, '--cold-starts', 'cold starts', COLD_STARTS_MAX);
  const invocations = readCount(args, '--invocations', 'invocations', INVOCATIONS_MAX);
  const htmlFile = readHtmlFile(args);
  const event = Buffer.from(await readEvent(lastValue(args, '--event') ?? '{}'));
  const measurement = await measure({
    plan: planVariants(handler, options, process.cwd()),
    event,
    coldStarts: coldStarts ?? COLD_STARTS,
    invocations,
    onProgress: showProgress,
  }).finally(() => showProgress(''));
  const { variants, reports, startReports, missing } = measurement;
  const result: BenchResult = {
    schema: 1,
    takenAt: new Date().toISOString(),
    handler,
    bulkhead: VERSION,
    node: process.versions.node,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
      cores: availableParallelism(),
      system: `${process.platform} ${process.arch} ${release()}`,
    },
    parameters: {
      coldStarts: coldStarts ?? COLD_STARTS,
      invocations: measurement.invocations,
      eventBytes: event.length,
      timeoutMs: options.timeoutMs,
      memoryMb: options.memoryMb,
    },
    missing,
    variants,
    reports,
    startReports,
  };
  const text = args.flags.has('--json') ? `${JSON.stringify(result)}\n` : renderText(result);
  await writeOut(text);
  if (htmlFile !== undefined) await writePage(htmlFile, renderPage(result));
  return EXIT.success;
}

/** Looked at before minutes are spent on what cannot be written. */
function readHtmlFile(args: Arguments): string | undefined {
  const file = lastValue(args, '--html');
  if (file === undefined) return undefined;
  if (file === '') throw usageError('Cannot use --html "": it accepts the name of a file');
  const folder = dirname(resolve(file));
  if (existsSync(folder)) return file;
  throw usageError(`Cannot write "${file}": there is no folder "${folder}"`);
}

async function writePage(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (cause) {
    const { message } = cause as NodeJS.ErrnoException;
    throw new CliError(EXIT.environment, `Cannot write "${file}": ${message}`, { cause });
  }
  process.stderr.write(`Wrote ${file}\n`);
}
