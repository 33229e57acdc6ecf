// With `lambda-bulkhead/types` a handler that @types/aws-lambda types sees what Bulkhead adds.
import 'lambda-bulkhead/types';
import type { Context, Handler } from 'aws-lambda';
import type { BulkheadContext } from 'lambda-bulkhead';

export const handler: Handler<{ readonly url: string }, number> = async ({ url }, context) => {
  const { traceparent = 'none' } = context.w3c();
  const headers = { traceparent, tenant: context.tenantId ?? '' };
  return (await fetch(url, { signal: context.signal, headers })).status;
};

export const toContext = (context: BulkheadContext): Context => context;
