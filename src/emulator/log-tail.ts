// The log of one invocation: the platform's own lines and what is kept for X-Amz-Log-Result.
import { LOG_TAIL_BYTES_MAX } from './emulator-limits.ts';

/** Keeps the last LOG_TAIL_BYTES_MAX bytes of what is written to it. */
export class LogTail {
  #bytes: Buffer = Buffer.alloc(0);

  writeLine(line: string): void {
    const joined = Buffer.concat([this.#bytes, Buffer.from(`${line}\n`)]);
    const cut = Math.max(0, joined.length - LOG_TAIL_BYTES_MAX);
    let start = cut;
    // Not in the middle of a character: continuation bytes of UTF-8 are 10xxxxxx.
    while (start < cut + 3 && ((joined[start] ?? 0) & 0xc0) === 0x80) start += 1;
    // A copy, so that the large buffer behind a view can be freed.
    this.#bytes = Buffer.from(joined.subarray(start));
  }

  toBytes(): Buffer {
    return this.#bytes;
  }
}

export type InvocationReport = {
  readonly requestId: string;
  readonly durationMs: number;
  readonly memoryMb: number;
  /** Present on the first invocation after a start. */
  readonly initDurationMs: number | undefined;
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType: string | undefined;
};

export function toStartLine(requestId: string): string {
  return `START RequestId: ${requestId} Version: $LATEST`;
}

export function toTimeoutLine(requestId: string, timeoutMs: number): string {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return `${new Date().toISOString()} ${requestId} Task timed out after ${seconds} seconds`;
}

/** Lambda's two closing lines. "Max Memory Used" is left out: the emulator does not measure it. */
export function toEndLines(report: InvocationReport): readonly string[] {
  const { requestId, durationMs, initDurationMs } = report;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initDurationMs ?? 0))} ms`,
    `Memory Size: ${report.memoryMb} MB`,
  ];
  if (initDurationMs !== undefined) fields.push(`Init Duration: ${initDurationMs.toFixed(2)} ms`);
  if (report.status !== 'success') fields.push(`Status: ${report.status}`);
  if (report.errorType !== undefined) fields.push(`Error Type: ${report.errorType}`);
  return [`END RequestId: ${requestId}`, fields.join('\t')];
}
