import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileLimit } from '../../../src/os/file-limit.ts';
import { procSource } from '../../../src/os/process-table.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             95841                95841                processes
Max open files            4096                 20000                files
`;

test('the soft limit counts', () => {
  assert.equal(fileLimit({ ...procSource, readText: () => LIMITS }), 4096);
});

test('what cannot be read is not known, and neither is no limit', () => {
  assert.equal(fileLimit({ ...procSource, readText: () => undefined }), undefined);
  const unlimited = LIMITS.replace('4096', 'unlimited');
  assert.equal(fileLimit({ ...procSource, readText: () => unlimited }), undefined);
});
