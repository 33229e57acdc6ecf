// A function that streams, as a process of its own behind a StreamServer.
import type { TestContext } from 'node:test';
import { RuntimeChild } from './runtime-child.ts';
import { type Answer, StreamServer } from './stream-server.ts';

export const FORMS = ['streams-cjs.handler', 'streams-esm.handler'] as const;

export type StreamFunction = { readonly api: StreamServer; readonly child: RuntimeChild };

/** Ends with the test. One worker, no standby. */
export async function startStreams(
  context: TestContext,
  handler: string = FORMS[0],
  env: Readonly<Record<string, string>> = {},
): Promise<StreamFunction> {
  const api = await StreamServer.start(context);
  const child = new RuntimeChild(context, {
    handler,
    runtimeApi: api.address,
    env: { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256', ...env },
  });
  child.failure().catch(() => {});
  return { api, child };
}

export function textOf({ text }: Answer): string {
  return Buffer.from(text, 'latin1').toString();
}
