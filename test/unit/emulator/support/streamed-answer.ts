// A streamed `POST …/response` in the hand of a test: piece by piece, with trailers, or torn.
import type { ClientRequest } from 'node:http';

import type { Emulator } from '../../../../src/emulator/emulator.ts';
import { answerPath, openCall, type RawReply } from './raw-runtime.ts';

export const MODE = 'lambda-runtime-function-response-mode';
export const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';

export class StreamedAnswer {
  readonly request: ClientRequest;
  /** Rejects when the connection is closed without a reply. */
  readonly reply: Promise<RawReply>;

  constructor(emulator: Emulator, id: string, contentType?: string) {
    const { request, reply } = openCall(emulator.runtimeApi, 'POST', answerPath(id), {
      headers: {
        [MODE]: 'streaming',
        'transfer-encoding': 'chunked',
        trailer: `${ERROR_TYPE}, ${ERROR_BODY}`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
    });
    reply.catch(() => {});
    this.request = request;
    this.reply = reply;
    request.flushHeaders();
  }

  /** Resolves when the piece is handed to the system. */
  write(piece: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.request.write(piece, () => resolve()));
  }

  end(piece?: string | Uint8Array): Promise<RawReply> {
    this.request.end(piece);
    return this.reply;
  }

  /** Ends the stream with an error in its trailers. */
  fail(errorType: string, body: string): Promise<RawReply> {
    this.request.addTrailers({
      [ERROR_TYPE]: errorType,
      [ERROR_BODY]: Buffer.from(body).toString('base64'),
    });
    return this.end();
  }
}
