import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CACHE_VARIABLES,
  type CacheReader,
  cacheNames,
  explainMismatch,
  explainStale,
  parseCacheManifest,
  toCacheRequest,
  toCacheVariables,
} from '../../../src/core/compile-cache.ts';
import { VERSION } from '../../../src/core/version.ts';

const READER: CacheReader = { version: 'v24.21.0', arch: 'x64', tag: 0x1a2b3c, uid: 993 };
const MANIFEST = { bulkhead: VERSION, handler: 'app.handler', root: '..' };

const request = (env: Record<string, string>, compileCache?: string) =>
  toCacheRequest(env, { compileCache }, '/work');

test('a cache is looked for in the task root, else in the working folder', () => {
  assert.deepEqual(request({}), {
    folder: '/work/.bulkhead-cache',
    isNamed: false,
    root: '/work',
  });
  assert.deepEqual(request({ LAMBDA_TASK_ROOT: '/var/task' }), {
    folder: '/var/task/.bulkhead-cache',
    isNamed: false,
    root: '/var/task',
  });
});

test('a setting names another place, or none', () => {
  assert.deepEqual(request({}, '/opt/cache'), {
    folder: '/opt/cache',
    isNamed: true,
    root: '/work',
  });
  assert.equal(request({}, 'off'), undefined);
});

test('what the user has told Node.js itself counts before', () => {
  for (const env of [{ NODE_COMPILE_CACHE: '/tmp/mine' }, { NODE_DISABLE_COMPILE_CACHE: '1' }]) {
    assert.equal(request(env), undefined);
    assert.equal(request(env, '/opt/cache'), undefined);
  }
});

test('all variables that are set for a thread can be taken from it again', () => {
  const portable = toCacheVariables({ folder: '/var/task/c', isPortable: true });
  assert.deepEqual(Object.keys(portable), [...CACHE_VARIABLES]);
  const fixed = toCacheVariables({ folder: '/var/task/c', isPortable: false });
  assert.deepEqual(fixed, { NODE_COMPILE_CACHE: '/var/task/c' });
});

test('the folders are named as Node.js names them, with and without the user', () => {
  assert.deepEqual(cacheNames(READER), ['v24.21.0-x64-001a2b3c', 'v24.21.0-x64-001a2b3c-993']);
  assert.deepEqual(cacheNames({ ...READER, uid: undefined }), ['v24.21.0-x64-001a2b3c']);
});

test('what it was made for is told', () => {
  const rows: [string[], RegExp][] = [
    [
      ['v22.23.3-x64-99999999-993'],
      /made for v22\.23\.3-.*, and this is Node\.js v24\.21\.0 on x64/,
    ],
    [['v24.21.0-arm64-001a2b3c-993'], /made for v24\.21\.0-arm64-.*, and this is Node\.js v24/],
    [['v24.21.0-x64-001a2b3c-1000'], /for another user than 993: v24\.21\.0-x64-001a2b3c-1000$/],
    [['v24.21.0-x64-00000001-993'], /another processor, or with other options.*00000001-993$/],
    [['v24.21.0-x64-001a2b3c-993'], /^v24\.21\.0-x64-001a2b3c-993 in it has no bulkhead\.json$/],
    [['notes.txt'], /made for no Node\.js/],
    [[], /made for no Node\.js/],
  ];
  for (const [found, expected] of rows) assert.match(explainMismatch(READER, found), expected);
});

test('a manifest is read back as it was written, and nothing else is', () => {
  assert.deepEqual(parseCacheManifest(JSON.stringify(MANIFEST)), MANIFEST);
  assert.throws(() => parseCacheManifest('{'), SyntaxError);
  assert.throws(() => parseCacheManifest('{"bulkhead":1}'), /not what "bulkhead warm" writes/);
});

test('a cache of another Bulkhead is stale', () => {
  assert.equal(explainStale(MANIFEST), undefined);
  assert.match(explainStale({ ...MANIFEST, bulkhead: '0.0.1' }) ?? '', /by Bulkhead 0\.0\.1, and/);
});
