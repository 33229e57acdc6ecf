// @ts-check
/// <reference types="lambda-bulkhead/types" />
// Streams its response: the first line arrives long before the last one is written. The types are
// for the editor.
import { setTimeout as sleep } from 'node:timers/promises';

export const handler = awslambda.streamifyResponse(
  async ({ lines = 5, pauseMs = 500 }, responseStream, context) => {
    const stream = awslambda.HttpResponseStream.from(responseStream, {
      statusCode: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    for (let line = 1; line <= lines; line++) {
      stream.write(`line ${line}, ${context.getRemainingTimeInMillis()} ms left\n`);
      await sleep(pauseMs);
    }
    stream.end();
  },
);
