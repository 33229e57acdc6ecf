// Lets a thread see what its own functions hold: the variables they close over, and through them
// the timers of the thread. Node's inspector answers at once, and no debugger is involved.
import type { Session } from 'node:inspector';

// Taken before user code can replace them.
const { getBuiltinModule } = process;

type RemoteValue = {
  readonly objectId?: string;
  readonly description?: string;
  readonly value?: unknown;
};
type Location = { scriptId: string; lineNumber: number; columnNumber: number };
type Property = { readonly name: string; readonly value?: RemoteValue };
type Properties = {
  readonly result: readonly Property[];
  readonly internalProperties?: readonly Property[];
  readonly privateProperties?: readonly Property[];
};
type Holder = { readonly id: string; readonly isScope: boolean };

/** Global variable by which the inspector is shown this file's own object, for a moment. */
const HAND_OVER = '__bulkhead_hand_over';
/** What a bound function is made of. */
const BOUND: ReadonlySet<string> = new Set([
  '[[TargetFunction]]',
  '[[BoundThis]]',
  '[[BoundArgs]]',
]);
/** Variables of everybody: not held by the one function. */
const SHARED_SCOPE = /^(Global|Script)\b/;

export class ThreadInspector {
  readonly #session: Session;
  /** What the two sides hand each other. */
  readonly #hand: { values: readonly unknown[] } = { values: [] };
  readonly #handId: string;

  /** @throws whatever keeps Node from it: it may be built without an inspector. */
  constructor() {
    const { Session } = getBuiltinModule('node:inspector');
    this.#session = new Session();
    this.#session.connect();
    const globals = globalThis as { [HAND_OVER]?: unknown };
    Object.defineProperty(globals, HAND_OVER, { value: this.#hand, configurable: true });
    const { result } = this.#post<{ result: RemoteValue }>('Runtime.evaluate', {
      expression: HAND_OVER,
    });
    delete globals[HAND_OVER];
    this.#handId = result.objectId ?? '';
  }

  /** What each holds that no property shows: a function its closed-over variables, scope by scope
   * with the innermost first, or what it binds; an object the values of its private fields. Runs no
   * code of the user's. */
  heldBy(values: readonly object[]): readonly (readonly object[])[] {
    const holders = this.#idsOf(values).map((id) => this.#holders(id));
    const held = this.#valuesOf(holders.flat().map(({ id }) => id));
    let taken = 0;
    return holders.map((ofOne) => {
      const own = held.slice(taken, taken + ofOne.length);
      taken += ofOne.length;
      return own.flatMap((value, index) => toHeld(value, ofOne[index]?.isScope === true));
    });
  }

  /** Where each function begins, as "file:line:column"; undefined for one of Node's. Takes about
   * 10 ms: V8 tells the files of its scripts only all at once. */
  placesOf(functions: readonly object[]): readonly (string | undefined)[] {
    const locations = this.#idsOf(functions).map((id) => {
      const { internalProperties = [] } = this.#properties(id);
      const found = internalProperties.find(({ name }) => name === '[[FunctionLocation]]');
      return found?.value?.value as Location | undefined;
    });
    if (locations.every((location) => location === undefined)) return [];
    this.#post('Profiler.enable', {});
    type Scripts = { result: readonly { scriptId: string; url: string }[] };
    const { result } = this.#post<Scripts>('Profiler.getBestEffortCoverage', {});
    this.#post('Profiler.disable', {});
    const files = new Map(result.map(({ scriptId, url }) => [scriptId, url]));
    return locations.map((location) => {
      const file = files.get(location?.scriptId ?? '');
      if (location === undefined || !file || file.startsWith('node:')) return undefined;
      return `${file}:${location.lineNumber + 1}:${location.columnNumber + 1}`;
    });
  }

  close(): void {
    this.#session.disconnect();
  }

  #idsOf(values: readonly unknown[]): readonly string[] {
    this.#hand.values = values;
    const { result } = this.#post<{ result: RemoteValue }>('Runtime.callFunctionOn', {
      objectId: this.#handId,
      functionDeclaration: 'function () { return this.values; }',
    });
    return this.#properties(result.objectId)
      .result.filter(({ name }) => /^\d+$/.test(name))
      .map(({ value }) => value?.objectId ?? '');
  }

  #valuesOf(ids: readonly string[]): readonly unknown[] {
    this.#post('Runtime.callFunctionOn', {
      objectId: this.#handId,
      functionDeclaration: 'function (...values) { this.values = values; }',
      arguments: ids.map((objectId) => ({ objectId })),
    });
    return this.#hand.values;
  }

  #holders(id: string): readonly Holder[] {
    const { internalProperties = [], privateProperties = [] } = this.#properties(id);
    const fields = privateProperties.flatMap(({ value }) => toHolder(value, false));
    const scopes = internalProperties.flatMap(({ name, value }) => {
      if (BOUND.has(name)) return toHolder(value, false);
      if (name !== '[[Scopes]]') return [];
      return this.#properties(value?.objectId)
        .result.filter(({ value: scope }) => !SHARED_SCOPE.test(scope?.description ?? ''))
        .flatMap(({ value: scope }) => toHolder(scope, true));
    });
    return [...scopes, ...fields];
  }

  #properties(objectId: string | undefined): Properties {
    if (objectId === undefined || objectId === '') return { result: [] };
    return this.#post<Properties>('Runtime.getProperties', { objectId, ownProperties: true });
  }

  /** The inspector of one's own thread answers before this returns. */
  #post<Result>(method: string, params: object): Result {
    let answer: Result | undefined;
    this.#session.post(method, params, (error, result) => {
      if (error === null) answer = result as Result;
    });
    if (answer === undefined)
      throw new Error(`Cannot ask the inspector: ${method} is not answered`);
    return answer;
  }
}

function toHolder(value: RemoteValue | undefined, isScope: boolean): readonly Holder[] {
  return value?.objectId === undefined ? [] : [{ id: value.objectId, isScope }];
}

/** A scope comes wrapped, as `{ description, object }`. */
function toHeld(value: unknown, isScope: boolean): readonly object[] {
  const held = isScope ? (value as { readonly object?: unknown }).object : value;
  const isObject = (typeof held === 'object' && held !== null) || typeof held === 'function';
  return isObject ? [held] : [];
}
