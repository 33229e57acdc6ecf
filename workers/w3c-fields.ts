// The caller's W3C trace context, which travels in the client context (row A12.3).
import type { TraceContext } from '../src/core/bulkhead-context.ts';

// Taken before user code can replace them.
const { isArray } = Array;
const { freeze } = Object;

const FIELDS: readonly (keyof TraceContext)[] = ['traceparent', 'tracestate', 'baggage'];

export const NO_W3C_FIELDS: TraceContext = freeze({});

/**
 * Takes the fields out of the client context: `context.w3c()` is the one place that has them.
 *
 * @returns only what is a string. Frozen.
 */
export function takeW3cFields(clientContext: unknown): TraceContext {
  if (!isObject(clientContext) || !('w3c' in clientContext)) return NO_W3C_FIELDS;
  const { w3c } = clientContext;
  delete clientContext['w3c'];
  if (!isObject(w3c) || isArray(w3c)) return NO_W3C_FIELDS;
  const fields: Record<string, string> = {};
  for (const field of FIELDS) {
    const value = w3c[field];
    if (typeof value === 'string') fields[field] = value;
  }
  return freeze(fields);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
