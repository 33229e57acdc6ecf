import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CliError } from '../../../src/cli/cli-error.ts';
import { readEvent } from '../../../src/cli/event-input.ts';

async function eventFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-event-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'event.json');
  await writeFile(file, text);
  return file;
}

async function checkRefused(event: Promise<string>, message: RegExp): Promise<void> {
  await assert.rejects(event, (error) => {
    assert.ok(error instanceof CliError);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, message);
    return true;
  });
}

test('readEvent() keeps the text of JSON, a file and stdin as it is', async (t) => {
  const text = ' {"name" : "Ada",\n "n": 1.0} ';
  const file = await eventFile(t, text);

  assert.equal(await readEvent(text), text);
  assert.equal(await readEvent(file), text);
  assert.equal(await readEvent('-', async () => text), text);
});

test('readEvent() takes any JSON value on the command line', async () => {
  for (const text of ['42', '-1.5e3', 'true', 'null', '"text"', '[]']) {
    assert.equal(await readEvent(text), text);
  }
});

test('readEvent() overlooks the byte order mark of a file', async (t) => {
  assert.equal(await readEvent(await eventFile(t, '\uFEFF{}')), '{}');
});

test('an event that is not JSON is refused with its source and the place', async (t) => {
  const file = await eventFile(t, '{\n  "name": Ada\n}');

  await checkRefused(
    readEvent('{"name":Ada}'),
    /^Cannot use the event of --event: it is not JSON at line 1, column 9 /,
  );
  await checkRefused(readEvent(file), /event\.json": it is not JSON at line 2, column 11 /);
  await checkRefused(
    readEvent('-', async () => 'x'),
    /^Cannot use the event of stdin: .* line 1, column 1/,
  );
  await checkRefused(
    readEvent('-', async () => '\n'),
    /of stdin: it is empty, not JSON$/,
  );
});

test('a file that cannot be read is refused with its name and what is accepted', async (t) => {
  await checkRefused(
    readEvent('no/such/event.json'),
    /^Cannot read the event "no\/such\/event\.json": there is no such file; --event takes a file/,
  );
  const file = await eventFile(t, '{}');
  await checkRefused(readEvent(join(file, '..')), /^Cannot read the event ".*": EISDIR/);
});

test('an event over the limit of Lambda is refused', async () => {
  const text = JSON.stringify('x'.repeat(6 * 1024 * 1024 + 99));

  await checkRefused(readEvent(text), /it has 6291557 bytes, Lambda takes 6291556$/);
});
