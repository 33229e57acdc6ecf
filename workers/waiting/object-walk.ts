// Walks from what a thread waits for to the promises that it would settle: nearest first, step by
// step, and without running any code of the user's.
import { types } from 'node:util';
import { isObject, ownValue } from './own-data.ts';
import type { ThreadInspector } from './thread-inspector.ts';

// Taken before user code can replace them.
const { WeakSet: NodeWeakSet } = globalThis;
const { getPrototypeOf, ownKeys } = Reflect;
const { isArray } = Array;
const { isArrayBufferView, isMap, isModuleNamespaceObject, isPromise, isProxy, isSet } = types;
const { call } = Function.prototype;
const toSource = call.bind(Function.prototype.toString) as (of: object) => string;
const eachOfMap = call.bind(Map.prototype.forEach) as ForEach;
const eachOfSet = call.bind(Set.prototype.forEach) as ForEach;
const sizeOfMap = sizeReader(Map.prototype);
const sizeOfSet = sizeReader(Set.prototype);
const PLAIN: readonly unknown[] = [Object.prototype, Array.prototype, null];

type ForEach = (of: object, visit: (value: unknown, key: unknown) => void) => void;

/** A promise, or a function that may be the `resolve` of one. */
export type Settler = object;

/** An object with more properties holds data, or a whole program. */
const KEYS_MAX = 100;
/** A larger collection is data. */
const ENTRIES_MAX = 1000;
/** A scope with more variables is a module's, which leads everywhere: it comes late. */
const NARROW_SCOPE_KEYS = 30;
const WIDE_SCOPE_STEPS = 3;
/** Private fields are rare: objects are asked for them after their functions. */
const FIELDS_STEPS = 1;
const STEPS_MAX = 20;
const OBJECTS_MAX = 2000;
/** Functions and objects with private fields: the inspector takes about 0.1 ms for each. */
const OPAQUE_MAX = 200;
/** So many are shown to it at a time. */
const BATCH = 12;
/** They lead to the whole program. */
const SKIPPED_KEYS: ReadonlySet<unknown> = new Set(['constructor', 'prototype', 'domain']);
/** Names, of symbols too, that lead to who is called back: events, requests, streams, promises. */
const NEAR_KEYS: ReadonlySet<string> = new Set(
  [
    '_events _onTimeout cb callback handler listener oncomplete onexit response queue',
    'kState stream reader readRequests list promise resolve fetchParams processResponse',
  ].flatMap((names) => names.split(' ')),
);
/** Names that lead to what many share. */
const FAR_KEYS: ReadonlySet<string> = new Set(
  [
    'agent socket handle _handle kHandle parser connection server',
    '_readableState _writableState',
  ].flatMap((names) => names.split(' ')),
);
const FAR_STEPS = 4;

export class ObjectWalk {
  readonly #inspector: ThreadInspector;
  readonly #seen: WeakSet<object>;
  /** What is to be visited, by its distance from the roots. */
  readonly #near: object[][] = [];
  /** What only the inspector can look into, likewise. */
  readonly #opaque: object[][] = [];
  #objectCount = 0;
  #opaqueCount = 0;

  /** `seen` holds what is not to be entered again; the walk adds to it. */
  constructor(root: unknown, seen: WeakSet<object>, inspector: ThreadInspector) {
    this.#inspector = inspector;
    this.#seen = seen;
    this.#add(this.#near, root, 0);
  }

  static newSeen(): WeakSet<object> {
    return new NodeWeakSet<object>([globalThis, process]);
  }

  /** Goes on for a millisecond or so: the settlers that were met, undefined when it is over. */
  step(): readonly Settler[] | undefined {
    const found: Settler[] = [];
    const near = nearest(this.#near);
    const opaque = nearest(this.#opaque);
    const steps = Math.min(near, opaque);
    if (steps > STEPS_MAX || this.#objectCount > OBJECTS_MAX) return undefined;
    if (near <= opaque) {
      for (const value of (this.#near[near] ?? []).splice(0)) this.#visit(value, near, found);
    } else {
      if (this.#opaqueCount > OPAQUE_MAX) return undefined;
      this.#lookInto((this.#opaque[opaque] ?? []).splice(0, BATCH), opaque + 1);
    }
    return found;
  }

  #visit(value: object, steps: number, found: Settler[]): void {
    // A proxy would run user code.
    if (this.#seen.has(value) || isProxy(value)) return;
    this.#seen.add(value);
    if (isPromise(value) || isSettlerLike(value)) {
      found.push(value);
      return;
    }
    if (isArrayBufferView(value) || isModuleNamespaceObject(value)) return;
    this.#objectCount += 1;
    this.#enter(value, steps + 1);
    if (typeof value === 'function') this.#add(this.#opaque, value, steps);
    else if (!PLAIN.includes(getPrototypeOf(value)))
      this.#add(this.#opaque, value, steps + FIELDS_STEPS);
  }

  #enter(value: object, steps: number): void {
    if (isMap(value) && sizeOfMap(value) <= ENTRIES_MAX) {
      eachOfMap(value, (inner, key) => {
        this.#add(this.#near, inner, steps);
        this.#add(this.#near, key, steps);
      });
    }
    if (isSet(value) && sizeOfSet(value) <= ENTRIES_MAX) {
      eachOfSet(value, (inner) => this.#add(this.#near, inner, steps));
    }
    // The names of what has many take long to list.
    const length = isArray(value) ? value.length : 0;
    if (length > KEYS_MAX) {
      for (let index = 0; index < KEYS_MAX; index += 1) {
        this.#add(this.#near, ownValue(value, String(index)), steps);
      }
      return;
    }
    const keys = ownKeys(value);
    if (keys.length > KEYS_MAX) return;
    for (const key of keys) {
      if (SKIPPED_KEYS.has(key)) continue;
      this.#add(this.#near, ownValue(value, key), steps + stepsOf(key));
    }
  }

  #lookInto(batch: readonly object[], steps: number): void {
    this.#opaqueCount += batch.length;
    for (const held of this.#inspector.heldBy(batch).flat()) {
      const isWide = !isProxy(held) && ownKeys(held).length > NARROW_SCOPE_KEYS;
      this.#add(this.#near, held, isWide ? steps + WIDE_SCOPE_STEPS : steps);
    }
  }

  #add(rings: object[][], value: unknown, steps: number): void {
    if (!isObject(value)) return;
    rings[steps] ??= [];
    rings[steps]?.push(value);
  }
}

/** How much further than one step it is to what has this name. */
function stepsOf(key: string | symbol): number {
  const name = typeof key === 'symbol' ? (key.description ?? '') : key;
  if (NEAR_KEYS.has(name)) return -1;
  return FAR_KEYS.has(name) ? FAR_STEPS : 0;
}

/** Index of the first ring that is not empty. */
function nearest(rings: readonly (readonly object[])[]): number {
  const index = rings.findIndex((ring) => ring !== undefined && ring.length > 0);
  return index < 0 ? Number.POSITIVE_INFINITY : index;
}

/** The functions that V8 hands to an executor have no name, one parameter and no source. */
function isSettlerLike(value: object): boolean {
  if (typeof value !== 'function') return false;
  if (ownValue(value, 'length') !== 1 || (ownValue(value, 'name') ?? '') !== '') return false;
  return toSource(value) === 'function () { [native code] }';
}

function sizeReader(prototype: object): (of: object) => number {
  const size = Reflect.getOwnPropertyDescriptor(prototype, 'size')?.get;
  return size === undefined ? () => 0 : (call.bind(size) as (of: object) => number);
}
