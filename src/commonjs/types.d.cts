// What `import 'lambda-bulkhead/types'` tells TypeScript: the global `awslambda`, and what Bulkhead
// adds to the `Context` of @types/aws-lambda. It clashes with nobody who declares the same: those
// who do are read first, and an alias gives way to a declaration that is there already. TypeScript
// calls that an error of the alias, which is silenced, as is the error that nobody is there.
/** @ts-ignore This may not be installed. */
import type {} from '@aws/lambda-invoke-store';
/** @ts-ignore Nor may @types/aws-lambda. */
import type {} from 'aws-lambda';
import type {
  Awslambda,
  BulkheadContext,
  ResponseStream,
  StreamingHandler,
  StreamingOptions,
} from '../index.js' with { 'resolution-mode': 'import' };

declare namespace own {
  type HttpResponseStream = ResponseStream;
  const HttpResponseStream: Awslambda['HttpResponseStream'];
  const InvokeStore: Awslambda['InvokeStore'];
}

declare global {
  namespace awslambda {
    /** @ts-ignore @types/aws-lambda may declare it. */
    export import HttpResponseStream = own.HttpResponseStream;
    /** @ts-ignore @aws/lambda-invoke-store may declare it. */
    export import InvokeStore = own.InvokeStore;
    /** Marks the handler, and returns it. */
    // biome-ignore lint/suspicious/noExplicitAny: what is written for @types/aws-lambda compiles.
    function streamifyResponse<Event = any, Result = void>(
      handler: StreamingHandler<Event, Result>,
      options?: StreamingOptions,
    ): StreamingHandler<Event, Result>;
    /** Runs the hook before the snapshot is taken (SnapStart). */
    function registerBeforeSnapshot(...args: Parameters<Awslambda['registerBeforeSnapshot']>): void;
    /** Runs the hook after each restore (SnapStart). */
    function registerAfterRestore(...args: Parameters<Awslambda['registerAfterRestore']>): void;
  }
}

type Additions = Pick<BulkheadContext, 'signal' | 'w3c'> &
  Partial<Pick<BulkheadContext, 'tenantId' | 'xRayTraceId'>>;

/** @ts-ignore @types/aws-lambda may not be installed. */
declare module 'aws-lambda' {
  interface Context extends Additions {}
}

// biome-ignore lint/complexity/noUselessEmptyExport: else all that is declared above is exported.
export {};
