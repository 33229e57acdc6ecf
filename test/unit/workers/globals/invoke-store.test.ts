// Beside the npm package's own stores: whoever gets ours in their place must see no difference.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type InvokeStore,
  MultiInvokeStore,
  PROTECTED_KEYS,
  SingleInvokeStore,
  type StoreContext,
} from '../../../../workers/globals/invoke-store.ts';

type Package = {
  readonly InvokeStore: { getInstanceAsync(isMulti?: boolean): Promise<InvokeStore> };
  readonly InvokeStoreBase: { readonly PROTECTED_KEYS: typeof PROTECTED_KEYS };
};

const { REQUEST_ID, TENANT_ID, BAGGAGE } = PROTECTED_KEYS;
const FULL: StoreContext = Object.fromEntries(
  Object.entries(PROTECTED_KEYS).map(([name, key]) => [key, name]),
);

const single = await packageStore(false);
const multi = await packageStore(true);

test('the protected keys are the package’s', async () => {
  const { InvokeStoreBase } = await importPackage();
  assert.deepEqual(PROTECTED_KEYS, InvokeStoreBase.PROTECTED_KEYS);
});

for (const [kind, make, theirs] of [
  ['single', () => new SingleInvokeStore(), single],
  ['multi', () => new MultiInvokeStore(), multi],
] as const) {
  test(`the ${kind} store does what the package’s does`, async () => {
    assert.deepEqual(await transcript(make()), await transcript(theirs));
  });

  test(`the ${kind} store has the methods that the package’s has`, () => {
    const store = make() as unknown as Record<string, unknown>;
    for (const name of methodsOf(theirs)) assert.equal(typeof store[name], 'function', name);
  });
}

test('the store can be asked for itself, as the package can', async () => {
  const store = new SingleInvokeStore();
  assert.equal(await store.getInstanceAsync(), store);
});

test('the single store keeps the last invocation’s values', async () => {
  const store = new SingleInvokeStore();
  const late = turn().then(() => store.getRequestId());
  store.run({ [REQUEST_ID]: 'one' }, () => {});
  store.run({ [REQUEST_ID]: 'two' }, () => {});
  assert.equal(await late, 'two');
});

test('the multi store keeps invocations apart', async () => {
  const store = new MultiInvokeStore();
  const run = (id: string) =>
    store.run({ [REQUEST_ID]: id }, async () => {
      store.set('own', id);
      await turn();
      return [store.getRequestId(), store.get('own')];
    });
  assert.deepEqual(await Promise.all([run('one'), run('two')]), [
    ['one', 'one'],
    ['two', 'two'],
  ]);
});

/** What a store says to everything that can be asked of it, before, in and after an invocation. */
async function transcript(store: InvokeStore): Promise<unknown[]> {
  const said: unknown[] = [];
  const attempt = (what: string, ask: () => unknown): void => {
    try {
      said.push([what, ask()]);
    } catch (error) {
      said.push([what, String(error)]);
    }
  };
  const askAll = (): void => {
    attempt('hasContext', () => store.hasContext());
    attempt('getContext', () => ({ ...store.getContext() }));
    attempt('getRequestId', () => store.getRequestId());
    attempt('getXRayTraceId', () => store.getXRayTraceId());
    attempt('getTenantId', () => store.getTenantId());
    attempt('getTraceparent', () => store.getTraceparent());
    attempt('getTracestate', () => store.getTracestate());
    attempt('getBaggage', () => store.getBaggage());
    attempt('get', () => store.get('mine'));
    attempt('isProtectedKey', () => [TENANT_ID, BAGGAGE, 'x', Symbol()].map((key) => isOwn(key)));
  };
  const isOwn = (key: string | symbol): boolean => store.isProtectedKey(key);
  askAll();
  attempt('set outside', () => store.set('mine', 1));
  askAll();
  await store.run({ ...FULL }, async () => {
    askAll();
    attempt('set', () => store.set('mine', 2));
    attempt('set a symbol', () => store.set(Symbol.for('mine'), 3));
    attempt('set a protected key', () => store.set(REQUEST_ID, 'mine'));
    await turn();
    askAll();
  });
  askAll();
  attempt('the result of run', () => store.run({}, () => 'result'));
  return said;
}

function methodsOf(store: object): readonly string[] {
  const names: string[] = [];
  for (let one = store; one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    names.push(...Object.getOwnPropertyNames(one));
  }
  return names.filter((name) => typeof (store as Record<string, unknown>)[name] === 'function');
}

/** A store of the package's own making. */
async function packageStore(isMulti: boolean): Promise<InvokeStore> {
  const { InvokeStore } = await importPackage(isMulti ? 'multi' : 'single');
  const holder = globalThis as { awslambda?: unknown };
  delete holder.awslambda;
  // The package keeps the one that it finds on the global.
  holder.awslambda = {};
  const store = await InvokeStore.getInstanceAsync(isMulti);
  delete holder.awslambda;
  return store;
}

/** A copy of the module for each name. */
function importPackage(name = ''): Promise<Package> {
  const url = new URL(import.meta.resolve('@aws/lambda-invoke-store'));
  const file = new URL('../dist-es/invoke-store.js', url);
  file.search = name;
  return import(file.href);
}
