// The response of a Function URL: interpreted when it comes whole, handed on when it is streamed.
import type { ServerResponse } from 'node:http';

import type { InvokeRequest } from '../invocation.ts';
import type { InvokeResult } from '../invoke-service.ts';
import type { ResponseSink } from '../streaming/response-sink.ts';
import { endResponse, whenLeft, writeChunk } from '../streaming/write-chunk.ts';
import { BAD_GATEWAY, type HttpAnswer, toHttpAnswer } from './http-answer.ts';
import { PRELUDE_CONTENT_TYPE, PreludeReader } from './prelude-reader.ts';
import type { ResponseHead } from './response-head.ts';

export class FunctionUrlSink implements ResponseSink {
  readonly bytesMax: number = Infinity;
  readonly gone: Promise<void>;
  readonly #response: ServerResponse;
  readonly #request: InvokeRequest;
  readonly #tell: (text: string) => void;
  /** Of a streamed response, as soon as it is known; it goes out with the first bytes. */
  #head: ResponseHead | undefined;
  #prelude: PreludeReader | undefined;
  /** What the function sends is of no use; resolves when the caller has been told. */
  #refusal: Promise<void> | undefined;

  /** @param tell Gets what the developer has to know and the caller is not told. */
  constructor(response: ServerResponse, request: InvokeRequest, tell: (text: string) => void) {
    this.#response = response;
    this.#request = request;
    this.#tell = tell;
    this.gone = whenLeft(response);
  }

  begin(contentType: string): void {
    const type = contentType.split(';', 1)[0]?.trim().toLowerCase();
    if (type === PRELUDE_CONTENT_TYPE) this.#prelude = new PreludeReader();
    else this.#head = { status: 200, headers: { 'content-type': contentType } };
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    // The runtime has done nothing wrong on its connection: the rest is taken and dropped.
    if (this.#refusal !== undefined) return undefined;
    const body = this.#head === undefined ? this.#readPrelude(chunk) : chunk;
    if (this.#head === undefined || body === undefined) return undefined;
    this.#sendHead(this.#head);
    return body.length === 0 ? undefined : writeChunk(this.#response, body);
  }

  rest(): Uint8Array {
    return new Uint8Array();
  }

  /** Sends what is left to send; resolves when it is sent, or nobody is there to take it. */
  async end(result: InvokeResult): Promise<void> {
    const isFailed = result.statusCode !== 200 || result.functionError !== undefined;
    // Who has left is told nothing, and what was cut short for that is not the function's fault.
    if (this.#response.destroyed) return;
    if (this.#refusal !== undefined) await this.#refusal;
    else if (this.#response.headersSent) {
      if (isFailed) this.#breakOff(result);
      else await endResponse(this.#response);
    } else if (this.#prelude !== undefined && this.#head === undefined && !isFailed) {
      await this.#refuse('prelude', this.#prelude.flawAtEnd);
    } else if (this.#head !== undefined && !isFailed) {
      this.#sendHead(this.#head);
      await endResponse(this.#response);
    } else {
      await this.#answer(result);
    }
  }

  async #answer(result: InvokeResult): Promise<void> {
    const answer = toHttpAnswer(result);
    if (answer.kind === 'broken') await this.#refuse('response', answer.flaw);
    else await this.#send(answer.value);
  }

  /** What of the body came with the end of the prelude; undefined before that. */
  #readPrelude(chunk: Uint8Array): Uint8Array | undefined {
    const state = this.#prelude?.push(chunk);
    if (state?.kind === 'broken') this.#refusal = this.#refuse('prelude', state.flaw);
    if (state?.kind !== 'complete') return undefined;
    this.#head = state.head;
    return state.rest;
  }

  async #refuse(what: 'prelude' | 'response', flaw: string): Promise<void> {
    this.#tell(`Cannot use the ${what} of the function for HTTP: ${flaw}${HELP[what]}`);
    await this.#send(BAD_GATEWAY);
  }

  async #send(answer: HttpAnswer): Promise<void> {
    const { status, headers, body } = answer;
    const hasBody = status !== 204 && status !== 304;
    const length = hasBody ? { 'content-length': String(body.length) } : {};
    this.#sendHead({ status, headers: { ...headers, ...length } });
    await endResponse(this.#response, hasBody ? body : undefined);
  }

  #sendHead({ status, headers }: ResponseHead): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    response.setHeader('x-amzn-RequestId', this.#request.requestId);
    response.setHeader('X-Amzn-Trace-Id', this.#request.traceId);
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.flushHeaders();
  }

  /** Status 200 is out already: a response without its last chunk is what tells the caller. */
  #breakOff({ errorType, payloadBytes }: InvokeResult): void {
    const detail = Buffer.from(payloadBytes).toString();
    this.#tell(`The response broke off in the middle: ${errorType} ${detail}`);
    this.#response.socket?.destroySoon();
  }
}

const HELP: { readonly [what in 'prelude' | 'response']: string } = {
  prelude:
    '; a response of this content type starts with {"statusCode", "headers", "cookies"} as JSON ' +
    'and 8 NUL bytes, as HttpResponseStream.from() writes them',
  response: '; it is JSON, or an object with statusCode, headers, cookies, body, isBase64Encoded',
};
