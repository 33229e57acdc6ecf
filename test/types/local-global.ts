// The global, declared for one module: clashes with nobody's declaration.
import type { Awslambda, StreamingHandler } from 'lambda-bulkhead';

declare const awslambda: Awslambda;

export const handler: StreamingHandler<string> = awslambda.streamifyResponse(
  async (event: string, responseStream, context) => {
    responseStream.end(`${event} ${context.tenantId} ${awslambda.InvokeStore.getTenantId()}`);
  },
);
