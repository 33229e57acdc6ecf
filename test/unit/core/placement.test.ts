import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Invocation } from '../../../src/core/invocation.ts';
import {
  accepts,
  choose,
  dispensable,
  isAnyDue,
  missingCount,
  type Placeable,
} from '../../../src/core/placement.ts';

type Named = Placeable & { readonly name: string };

function worker(name: string, fields: Partial<Placeable> = {}): Named {
  const unused = {
    state: 'ready',
    role: 'active',
    tenant: undefined,
    dueReason: undefined,
  } as const;
  return { name, ...unused, ...fields };
}

function from(tenantId: string | undefined): Invocation {
  return {
    requestId: 'r',
    invocationId: undefined,
    deadlineEpochMs: undefined,
    functionArn: '',
    traceId: undefined,
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId,
    event: new Uint8Array(),
  };
}

const DEMAND = { isolation: 'shared', targetCount: 2, standbyCount: 1, waitingTenants: 0 } as const;

test('a worker of a tenant takes no other tenant, and no invocation without one', () => {
  const bound = worker('a', { tenant: 'blue' });
  assert.equal(accepts('tenant', bound, from('blue')), true);
  assert.equal(accepts('tenant', bound, from('red')), false);
  assert.equal(accepts('tenant', bound, from(undefined)), false);
  assert.equal(accepts('tenant', worker('fresh'), from('red')), true);
  assert.equal(accepts('shared', bound, from('red')), true);
});

test('only a ready worker is taken: an active one first, one that is due last', () => {
  const workers = [
    worker('starting', { state: 'starting' }),
    worker('due', { dueReason: 'old' }),
    worker('standby', { role: 'standby' }),
    worker('active'),
  ];
  assert.equal(choose(workers, 'shared', undefined)?.name, 'active');
  assert.equal(choose(workers.slice(0, 3), 'shared', undefined)?.name, 'standby');
  assert.equal(choose(workers.slice(0, 2), 'shared', undefined)?.name, 'due');
  assert.equal(choose(workers.slice(0, 1), 'shared', undefined), undefined);
});

test('a tenant gets its own worker, else a fresh one', () => {
  const workers = [worker('fresh', { role: 'standby' }), worker('blue', { tenant: 'blue' })];
  assert.equal(choose(workers, 'tenant', from('blue'))?.name, 'blue');
  assert.equal(choose(workers, 'tenant', from('red'))?.name, 'fresh');
  assert.equal(choose(workers, 'tenant', undefined)?.name, 'blue', 'the fresh one is kept');
});

test('what is missing: who is due does not count', () => {
  assert.equal(missingCount([], DEMAND), 2);
  assert.equal(missingCount([worker('a'), worker('b')], DEMAND), 0);
  assert.equal(missingCount([worker('a'), worker('b', { dueReason: 'old' })], DEMAND), 1);
});

test('tenants: a standby is one that has served nobody', () => {
  const demand = { ...DEMAND, isolation: 'tenant' } as const;
  const both = [worker('a', { tenant: 'blue' }), worker('b', { tenant: 'red' })];
  assert.equal(missingCount(both, demand), 1);
  assert.equal(missingCount([...both, worker('c', { state: 'starting' })], demand), 0);
  assert.equal(missingCount(both, { ...demand, standbyCount: 0 }), 0);
  assert.equal(missingCount(both, { ...demand, standbyCount: 0, waitingTenants: 1 }), 1);
});

test('a worker that is due goes when another can serve, not before, and not from its work', () => {
  const demand = { isolation: 'shared', targetCount: 1, activeCount: 1 } as const;
  const due = worker('due', { dueReason: 'old' });
  const names = (workers: readonly Named[]): readonly string[] =>
    dispensable(workers, demand).map(({ name }) => name);
  assert.deepEqual(names([due, worker('new', { state: 'starting' })]), []);
  assert.deepEqual(names([due, worker('new')]), ['due']);
  assert.deepEqual(names([{ ...due, state: 'busy' }, worker('new')]), []);
});

test('one worker that is due is enough', () => {
  assert.equal(isAnyDue([worker('one'), worker('two')]), false);
  assert.equal(isAnyDue([worker('one'), worker('two', { dueReason: 'old' })]), true);
});

test('of too many tenants those served longest ago go', () => {
  const demand = { isolation: 'tenant', targetCount: 2, activeCount: 1 } as const;
  const workers = [
    worker('oldest', { tenant: 'a' }),
    worker('older', { tenant: 'b' }),
    worker('busy', { tenant: 'c', state: 'busy' }),
    worker('fresh'),
  ];
  const gone = dispensable(workers, demand).map(({ name }) => name);
  assert.deepEqual(gone, ['oldest', 'older']);
});
