import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkWritableFolder } from '../../../src/os/writable-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-folder-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function checkRefused(path: string, message: RegExp): void {
  assert.throws(() => checkWritableFolder('BULKHEAD_PROFILE_DIR', path), {
    errorType: 'Runtime.InvalidSetting',
    message,
  });
}

test('a folder that can be written to is taken', () => {
  assert.doesNotThrow(() => checkWritableFolder('BULKHEAD_PROFILE_DIR', folder));
});

test('a folder that is not there, or a file, is refused by name and with what to do', () => {
  const missing = join(folder, 'none');
  checkRefused(missing, new RegExp(`BULKHEAD_PROFILE_DIR="${missing}": there is no such folder`));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  checkRefused(file, /it is not a folder/);
});
