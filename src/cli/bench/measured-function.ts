// One runtime with the function, under the emulator: it answers event by event, and is timed.
import type { Emulator, InvokeResult } from '../../emulator/emulator.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { startEmulator } from '../start-emulator.ts';
import type { ColdStart } from './bench-result.ts';
import { type ProcessUse, readProcessUse } from './process-use.ts';
import { type InvocationReport, parseReport, type StartReport } from './report-line.ts';
import type { Variant } from './variants.ts';

const FRAMES_SHOWN_MAX = 10;

export class MeasuredFunction {
  readonly variant: Variant;
  /** As they come; the last one comes before `close` resolves. */
  readonly reports: InvocationReport[] = [];
  startReport: StartReport | undefined;
  readonly #event: Uint8Array;
  #emulator: Emulator | undefined;
  #wasDelivered = false;
  #polled = Promise.withResolvers<number>();

  private constructor(variant: Variant, event: Uint8Array) {
    this.variant = variant;
    this.#event = event;
  }

  /** Starts the runtime and does not wait for it. */
  static async start(variant: Variant, event: Uint8Array): Promise<MeasuredFunction> {
    const measured = new MeasuredFunction(variant, event);
    measured.#emulator = await startEmulator({
      ...variant.emulator,
      onLog: ({ line }) => {
        const { invocation, start } = parseReport(line);
        if (invocation !== undefined) measured.reports.push(invocation);
        measured.startReport ??= start;
      },
      onExchange: ({ endpoint, status }) => {
        if (endpoint === 'next' && status === 200) measured.#wasDelivered = true;
        if (endpoint === 'response' && status === 202) measured.#notePoll();
      },
    });
    return measured;
  }

  /** Undefined where the system does not tell. */
  get use(): ProcessUse | undefined {
    return readProcessUse(this.#emulator?.runtimePid);
  }

  /**
   * Sends the first event, which waits for the start.
   *
   * @throws CliError when the function fails.
   */
  async firstAnswer(): Promise<ColdStart> {
    const { initDurationMs, durationMs } = (await this.#exchange()).result;
    if (initDurationMs === undefined) {
      throw new CliError(EXIT.initFailed, `${this.#cannotMeasure()}: its Init takes too long`);
    }
    return { firstPollMs: initDurationMs, firstAnswerMs: initDurationMs + durationMs };
  }

  /**
   * Sends one event and waits for the poll that follows the answer.
   *
   * @throws CliError when the function fails.
   */
  async invoke(): Promise<{ readonly requestId: string; readonly loopUs: number }> {
    const sentMs = performance.now();
    const { result, polledMs } = await this.#exchange();
    return { requestId: result.requestId, loopUs: (polledMs - sentMs) * 1000 };
  }

  async close(): Promise<void> {
    await this.#emulator?.close({ drains: true });
  }

  #notePoll(): void {
    const { resolve, reject } = this.#polled;
    this.#emulator?.waitForPoll().then(() => resolve(performance.now()), reject);
  }

  async #exchange(): Promise<{ readonly result: InvokeResult; readonly polledMs: number }> {
    this.#polled = Promise.withResolvers();
    // Nobody waits for the poll behind a failure.
    this.#polled.promise.catch(() => {});
    const result = await (this.#emulator as Emulator).invoke(this.#event);
    const isSuccess = result.functionError === undefined && result.statusCode < 300;
    if (!isSuccess) throw this.#failure(result);
    return { result, polledMs: await this.#polled.promise };
  }

  #failure(result: InvokeResult): CliError {
    const { errorType, errorMessage, trace } = Object(result.payload) as ErrorBody;
    const lines: unknown[] = Array.isArray(trace) ? trace : [];
    const frames = lines.map(String).filter((line) => /^\s*at /.test(line));
    const advice = this.#wasDelivered
      ? 'Times of errors say nothing: give it an event that it can serve, with --event'
      : 'See its log with "bulkhead invoke"';
    return new CliError(
      this.#wasDelivered ? EXIT.functionFailed : EXIT.initFailed,
      [
        `${this.#cannotMeasure()}: it fails with ${errorType ?? result.errorType}: ${errorMessage}`,
        ...frames.slice(0, FRAMES_SHOWN_MAX).map((frame) => `    ${frame.trim()}`),
        advice,
      ].join('\n'),
    );
  }

  #cannotMeasure(): string {
    const { handler, name, title } = this.variant;
    return `Cannot measure "${handler}"${name === 'bulkhead' ? '' : ` (${title})`}`;
  }
}

type ErrorBody = {
  readonly errorType?: unknown;
  readonly errorMessage?: unknown;
  readonly trace?: unknown;
};
