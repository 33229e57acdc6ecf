// The invoke store of `globalThis.awslambda`: what the npm package @aws/lambda-invoke-store, and
// with it every AWS SDK, takes in place of one of its own (rows A3.13, A3.14 and A12.4).
import { AsyncLocalStorage } from 'node:async_hooks';

type ProtectedName =
  | 'REQUEST_ID'
  | 'X_RAY_TRACE_ID'
  | 'TENANT_ID'
  | 'TRACEPARENT'
  | 'TRACESTATE'
  | 'BAGGAGE';

/** What only the runtime may write, by the package's names. */
export const PROTECTED_KEYS: Readonly<Record<ProtectedName, symbol>> = {
  REQUEST_ID: Symbol.for('_AWS_LAMBDA_REQUEST_ID'),
  X_RAY_TRACE_ID: Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID'),
  TENANT_ID: Symbol.for('_AWS_LAMBDA_TENANT_ID'),
  TRACEPARENT: Symbol.for('_AWS_LAMBDA_TRACEPARENT'),
  TRACESTATE: Symbol.for('_AWS_LAMBDA_TRACESTATE'),
  BAGGAGE: Symbol.for('_AWS_LAMBDA_BAGGAGE'),
};

type Key = string | symbol;
export type StoreContext = Record<Key, unknown>;

const protectedKeys: readonly Key[] = Object.values(PROTECTED_KEYS);

/** The instance on `awslambda` has all of these methods; version 0.3.0 of the package is the newest
 * that is known. */
export abstract class InvokeStore {
  static readonly PROTECTED_KEYS: Readonly<Record<ProtectedName, symbol>> = PROTECTED_KEYS;

  /** Undefined outside an invocation. */
  abstract getContext(): StoreContext | undefined;
  abstract run<T>(context: StoreContext, call: () => T): T;
  /** For a value to be kept where nothing is there yet. */
  protected abstract open(): StoreContext;

  /** As the package's own: whoever takes this store for the package gets what it has. */
  async getInstanceAsync(): Promise<this> {
    return this;
  }

  hasContext(): boolean {
    return this.getContext() !== undefined;
  }

  get(key: Key): unknown {
    return this.getContext()?.[key];
  }

  /** @throws Error for a protected key. */
  set(key: Key, value: unknown): void {
    if (this.isProtectedKey(key)) {
      throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    }
    this.open()[key] = value;
  }

  isProtectedKey(key: Key): boolean {
    return protectedKeys.includes(key);
  }

  getRequestId(): unknown {
    return this.get(PROTECTED_KEYS.REQUEST_ID) ?? '-';
  }

  getXRayTraceId(): unknown {
    return this.get(PROTECTED_KEYS.X_RAY_TRACE_ID);
  }

  getTenantId(): unknown {
    return this.get(PROTECTED_KEYS.TENANT_ID);
  }

  getTraceparent(): unknown {
    return this.get(PROTECTED_KEYS.TRACEPARENT);
  }

  getTracestate(): unknown {
    return this.get(PROTECTED_KEYS.TRACESTATE);
  }

  getBaggage(): unknown {
    return this.get(PROTECTED_KEYS.BAGGAGE);
  }
}

/** One invocation at a time: its values stay until the next one's. */
export class SingleInvokeStore extends InvokeStore {
  currentContext: StoreContext | undefined = undefined;

  override getContext(): StoreContext | undefined {
    return this.currentContext;
  }

  override run<T>(context: StoreContext, call: () => T): T {
    this.currentContext = context;
    return call();
  }

  protected override open(): StoreContext {
    this.currentContext ??= {};
    return this.currentContext;
  }
}

/** Several at once: each sees its own, and so does the work that it has started. */
export class MultiInvokeStore extends InvokeStore {
  readonly als: AsyncLocalStorage<StoreContext> = new AsyncLocalStorage();

  override getContext(): StoreContext | undefined {
    return this.als.getStore();
  }

  override run<T>(context: StoreContext, call: () => T): T {
    return this.als.run(context, call);
  }

  protected override open(): StoreContext {
    const context = this.getContext();
    if (context === undefined) throw new Error('No context available');
    return context;
  }
}
