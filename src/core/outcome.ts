// How an invocation ended. Exactly one Outcome per invocation is reported.
import type { ErrorPayload } from './error-payload.ts';

/** Which of the racing causes decided an invocation. */
export type Cause = 'result' | 'crash' | 'deadline' | 'drain';

export type Outcome =
  /** The handler's result: JSON bytes, ready to send. */
  | { readonly kind: 'success'; readonly body: Uint8Array }
  /** The handler threw, or its event or result could not be used. */
  | { readonly kind: 'failure'; readonly error: ErrorPayload; readonly headerType: string; readonly xrayCause?: string }
  /** The watchdog ended it before the platform's deadline. */
  | { readonly kind: 'timeout'; readonly error: ErrorPayload; readonly headerType: string }
  /** Its worker died under it. */
  | { readonly kind: 'crash'; readonly error: ErrorPayload; readonly headerType: string };
