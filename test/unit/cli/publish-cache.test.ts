import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { namesFor, offerFolders, publishCache } from '../../../src/cli/publish-cache.ts';
import { makeFolder } from '../workers/temporary-folder.ts';

const TAG = 'v24.21.0-x64-001a2b3c';

test('the folder of a user becomes the one of Lambda’s, and is that of its maker, too', () => {
  assert.deepEqual(namesFor(`${TAG}-1000`, 1000), [`${TAG}-993`, `${TAG}-1000`]);
  assert.deepEqual(namesFor(`${TAG}-993`, 993), [`${TAG}-993`]);
  assert.deepEqual(namesFor(TAG, 1000), [TAG]);
  assert.deepEqual(namesFor(TAG, undefined), [TAG]);
});

test('what was there for the same Node.js is replaced, what is for another one stays', (t) => {
  const made = `${TAG}-${process.getuid?.()}`;
  const root = makeFolder(t, {
    [`work/${made}/0a0b0c0d`]: 'code',
    [`out/${TAG}-993/old`]: 'old code',
    'out/v22.23.3-x64-00000001-993/1': 'other code',
  });
  const out = join(root, 'out');
  const work = join(root, 'work');
  const { files, bytes, names } = publishCache({ work, out, handler: 'app.handler', root });

  assert.deepEqual({ files, bytes }, { files: 1, bytes: 4 });
  assert.deepEqual(new Set(readdirSync(out)), new Set([...names, 'v22.23.3-x64-00000001-993']));
  assert.deepEqual(readdirSync(join(out, `${TAG}-993`)), ['0a0b0c0d', 'bulkhead.json']);
  assert.equal(statSync(join(out, `${TAG}-993`, '0a0b0c0d')).mode & 0o777, 0o644);
  for (const link of names.slice(1)) assert.equal(readlinkSync(join(out, link)), names[0]);
});

test('when Node.js has written nothing, nothing is made', (t) => {
  const root = makeFolder(t, {});
  const work = join(root, 'work');
  mkdirSync(work);
  const out = join(root, 'out');
  assert.throws(
    () => publishCache({ work, out, handler: 'app.handler', root }),
    /Cannot make a compile cache: Node\.js has written none/,
  );
  assert.deepEqual(readdirSync(root), ['work']);
});

test('of several folders the one counts that a runtime has had written to', (t) => {
  const [one, two] = [TAG, 'v24.21.0-x64-00000001'];
  const root = makeFolder(t, { [`work/${one}/0a`]: 'main', [`work/${two}/0b`]: 'old' });
  const [out, work] = [join(root, 'out'), join(root, 'work')];
  const options = { work, out, handler: 'app.handler', root };
  assert.throws(() => publishCache(options), /written several: v24\.\S+, v24\.\S+$/);

  assert.equal(offerFolders(options), true);
  for (const name of [one, two]) {
    assert.deepEqual(readdirSync(join(work, name)), ['bulkhead.json']);
  }
  assert.throws(() => publishCache(options), /written none/);

  const offered = readFileSync(join(work, two, 'bulkhead.json'), 'utf8');
  writeFileSync(join(work, two, '0b'), 'new');
  const { files, bytes, names } = publishCache(options);
  assert.deepEqual({ files, bytes, names }, { files: 1, bytes: 3, names: [two] });
  assert.deepEqual(readdirSync(out), [two]);
  assert.equal(readFileSync(join(out, two, 'bulkhead.json'), 'utf8'), offered);
});

test('one folder stays as it is', (t) => {
  const root = makeFolder(t, { [`work/${TAG}/0a`]: 'code' });
  const [out, work] = [join(root, 'out'), join(root, 'work')];
  assert.equal(offerFolders({ work, out, handler: 'app.handler', root }), false);
  assert.deepEqual(readdirSync(join(work, TAG)), ['0a']);
});
