// A handler that streams its response, with the global as `lambda-bulkhead/types` declares it. It
// compiles with and without @types/aws-lambda.
import 'lambda-bulkhead/types';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HttpResponsePrelude } from 'lambda-bulkhead';

type Question = { readonly rows: readonly string[] };

const prelude = {
  statusCode: 200,
  headers: { 'content-type': 'text/csv' },
  cookies: ['seen=yes'],
} satisfies HttpResponsePrelude;

export const handler = awslambda.streamifyResponse<Question>(
  async (event, responseStream, context) => {
    responseStream.setContentType('text/csv');
    const stream = awslambda.HttpResponseStream.from(responseStream, prelude);
    const writable: Writable = stream;
    if (!writable.write(`${context.awsRequestId}\n`))
      await new Promise((go) => stream.once('drain', go));
    await pipeline(Readable.from(event.rows), stream);
  },
  { highWaterMark: 4096 },
);

/** The type by the name that code for @types/aws-lambda uses. */
export function end(stream: awslambda.HttpResponseStream): void {
  stream.end();
}

export const requestId: string | undefined = awslambda.InvokeStore?.getRequestId();

/** An event whose type is not given is anything. */
export const untyped = awslambda.streamifyResponse(async (event, stream) => {
  stream.end(event.anything.at.all);
});

// The snapshot hooks, where README registers them.
awslambda.registerBeforeSnapshot(() => {});
globalThis.awslambda.registerAfterRestore(async () => {});
// @ts-expect-error a hook is a function
awslambda.registerAfterRestore('connect');

// @ts-expect-error: no such member.
awslambda.noSuchMember;
