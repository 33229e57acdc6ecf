import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installProcessMembers } from '../../../workers/process-members.ts';

const makeTarget = () => {
  const target = { argv: ['node', 'worker.js', 'more'], stdin: {} as { fd?: number } };
  return Object.defineProperty(target, 'title', {
    value: 'node',
    writable: false,
    configurable: true,
  }) as typeof target & { title: string };
};

test('the arguments are those of the program', () => {
  const target = makeTarget();
  installProcessMembers(['/program', 'index.handler'], target);
  assert.deepEqual(target.argv, ['node', '/program', 'index.handler']);
});

test('the title can be set, in this thread', () => {
  const target = makeTarget();
  installProcessMembers([], target);
  assert.equal(target.title, 'node');
  target.title = 'renamed';
  assert.equal(target.title, 'renamed');
});

test('stdin has its descriptor', () => {
  const target = makeTarget();
  installProcessMembers([], target);
  assert.equal(target.stdin.fd, 0);
  assert.deepEqual(Object.keys(target.stdin), []);
});
