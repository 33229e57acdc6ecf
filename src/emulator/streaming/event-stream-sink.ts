// The response to InvokeWithResponseStream: one message for each piece, one for the end.
import type { ServerResponse } from 'node:http';

import { EVENT_PAYLOAD_BYTES_MAX } from '../emulator-limits.ts';
import type { InvokeRequest } from '../invocation.ts';
import type { InvokeResult } from '../invoke-service.ts';
import { toException, toInvokeComplete, toPayloadChunk } from './event-stream.ts';
import type { ResponseSink } from './response-sink.ts';
import { endResponse, whenLeft, writeChunk } from './write-chunk.ts';

export class EventStreamSink implements ResponseSink {
  readonly bytesMax: number = Infinity;
  readonly gone: Promise<void>;
  readonly #response: ServerResponse;
  readonly #request: InvokeRequest;
  #isBegun = false;

  constructor(response: ServerResponse, request: InvokeRequest) {
    this.#response = response;
    this.#request = request;
    this.gone = whenLeft(response);
  }

  /** From here on an error can only be told in the stream. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  begin(contentType: string): void {
    this.#isBegun = true;
    this.#response.writeHead(200, {
      'Content-Type': 'application/vnd.amazon.eventstream',
      'x-amzn-RequestId': this.#request.requestId,
      'X-Amzn-Trace-Id': this.#request.traceId,
      'X-Amz-Executed-Version': '$LATEST',
      // The function's own; the other one is taken.
      'X-Amzn-Remapped-Content-Type': contentType,
    });
    this.#response.flushHeaders();
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    return writeChunk(this.#response, toPayloadChunk(chunk));
  }

  rest(): Uint8Array {
    return new Uint8Array();
  }

  /** Sends what is left, a buffered response for one, and the last message. */
  async end(result: InvokeResult): Promise<void> {
    if (!this.#isBegun) this.begin('application/json');
    const { payloadBytes } = result;
    if (result.statusCode === 200 && result.functionError === undefined) {
      for (let at = 0; at < payloadBytes.length; at += EVENT_PAYLOAD_BYTES_MAX) {
        await this.write(payloadBytes.subarray(at, at + EVENT_PAYLOAD_BYTES_MAX));
      }
    }
    await endResponse(this.#response, toLastMessage(result));
  }
}

/** AWS documents the fields of the last event, not their values: these are what callers report. */
function toLastMessage({ payload, ...result }: InvokeResult): Uint8Array {
  const text = Buffer.from(result.payloadBytes).toString();
  if (result.statusCode !== 200) {
    const { message = text } = (payload ?? {}) as { readonly message?: string };
    return toException(result.errorType ?? 'ServiceException', message);
  }
  const { functionError, logTail } = result;
  return toInvokeComplete({
    errorCode: functionError,
    errorDetails: functionError === undefined ? undefined : text,
    logResult: logTail === undefined ? undefined : Buffer.from(logTail).toString('base64'),
  });
}
