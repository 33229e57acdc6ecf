import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { layerPath } from '../../../src/os/layer-path.ts';
import { makeFolder } from '../workers/temporary-folder.ts';

test('the packages of layers for this major version come before those for any', (t) => {
  const root = makeFolder(t, {
    'node24/node_modules/x.js': '',
    'node22/node_modules/x.js': '',
    'node_modules/x.js': '',
  });

  const expected = `${join(root, 'node24/node_modules')}:${join(root, 'node_modules')}`;
  assert.equal(layerPath('24.21.0', root), expected);
  assert.equal(layerPath('26.0.0', root), join(root, 'node_modules'));
});

test('without layers there is no path', (t) => {
  assert.equal(layerPath('24.21.0', '/no/such/folder'), undefined);
  assert.equal(layerPath('24.21.0', makeFolder(t, {})), undefined);
});
