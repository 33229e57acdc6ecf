// Handlers as users of the package write them: typed by @types/aws-lambda, and by this package.
import type { APIGatewayProxyEventV2, Callback, Context, Handler, SQSHandler } from 'aws-lambda';
import {
  type BulkheadContext,
  type BulkheadHandler,
  type InvocationAborted,
  isRuntimeError,
  RuntimeError,
  type SettingRow,
  VERSION,
} from 'lambda-bulkhead';

type Greeting = { readonly hello: string };
type Named = { readonly name: string };

export const typed: Handler<Named, Greeting> = async (event) => ({ hello: event.name });
export const queued: SQSHandler = async (event) => ({
  batchItemFailures: event.Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
});
export function calledBack(event: Named, context: Context, callback: Callback<Greeting>): void {
  context.callbackWaitsForEmptyEventLoop = false;
  callback(null, { hello: event.name });
}

/** Each is a handler for this runtime. */
export const handlers: readonly BulkheadHandler[] = [typed, queued, calledBack];
export const exact: BulkheadHandler<Named, Greeting> = typed;

/** This package's context goes wherever the other is asked for. */
export const toContext = (context: BulkheadContext): Context => context;

export const own: BulkheadHandler<APIGatewayProxyEventV2, Greeting> = async (event, context) => {
  context.signal.throwIfAborted();
  const { traceparent } = context.w3c();
  const name: string | undefined = event.queryStringParameters?.['name'] ?? traceparent;
  // @ts-expect-error: a context has no such member.
  context.noSuchMember;
  return { hello: name ?? context.functionName };
};

/** A result of another type is refused. */
// @ts-expect-error
export const wrong: BulkheadHandler<Named, Greeting> = async (event) => ({ hullo: event.name });

export function explain(error: unknown, context: BulkheadContext): string {
  if (error === context.signal.reason) {
    const { reason }: InvocationAborted = context.signal.reason;
    const cause: 'deadline' | 'shutdown' = reason;
    return cause;
  }
  if (isRuntimeError(error)) return error.errorType;
  const made: RuntimeError = new RuntimeError('Runtime.Example', VERSION);
  return made.errorType;
}

export type Row = SettingRow['variable'];
