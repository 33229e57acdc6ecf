// An invocation asked for by a program in the same process, without HTTP.
import { randomUUID } from 'node:crypto';

import { FUNCTION_TIMEOUT_MS_MAX } from './emulator-limits.ts';
import { type EmulatorConfig, whole } from './emulator-options.ts';
import { toFunctionArn } from './function-name.ts';
import type { InvocationType, InvokeRequest } from './invocation.ts';
import { makeTraceId } from './trace-id.ts';

export type InvokeOptions = {
  /** Default `RequestResponse`. */
  readonly type?: InvocationType;
  /** Default: a fresh UUID. */
  readonly requestId?: string;
  /** A value, sent as JSON; or JSON text, sent as it is. */
  readonly clientContext?: unknown;
  /** JSON text. */
  readonly cognitoIdentity?: string;
  readonly tenantId?: string;
  /** Default: a fresh, unsampled one. */
  readonly traceId?: string;
  /** Version or alias; it becomes part of the function's ARN. */
  readonly qualifier?: string;
  /** Default: the emulator's; from 1 to 900,000. */
  readonly timeoutMs?: number;
  /** Tells the runtime this deadline; the function's clock does not follow it. */
  readonly deadlineEpochMs?: number;
  /** Return the last 4 KB of the log. The result then comes after the runtime's next poll. */
  readonly logTail?: boolean;
  /** Replaces single headers of the event, to test a runtime; undefined leaves one out. */
  readonly nextHeaders?: Readonly<Record<string, string | undefined>>;
};

/** An event as a value becomes JSON; bytes are sent as they are, JSON or not; undefined is `{}`. */
export function toInvokeRequest(
  event: unknown,
  options: InvokeOptions,
  config: EmulatorConfig,
): InvokeRequest {
  const type = options.type ?? 'RequestResponse';
  const timeoutMs = options.timeoutMs ?? config.timeoutMs;
  return {
    event: toBytes(event),
    type,
    requestId: options.requestId ?? randomUUID(),
    functionArn: toFunctionArn(config, options.qualifier),
    traceId: options.traceId ?? makeTraceId(),
    clientContext: toJsonText(options.clientContext),
    cognitoIdentity: options.cognitoIdentity,
    tenantId: options.tenantId,
    wantsLogTail: (options.logTail ?? false) && type === 'RequestResponse',
    timeoutMs: whole('timeoutMs', timeoutMs, 1, FUNCTION_TIMEOUT_MS_MAX),
    deadlineEpochMs: options.deadlineEpochMs,
    nextHeaders: options.nextHeaders ?? {},
  };
}

function toBytes(event: unknown): Uint8Array {
  if (event instanceof Uint8Array) return event;
  return Buffer.from(JSON.stringify(event ?? {}));
}

function toJsonText(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return JSON.stringify(value);
}
