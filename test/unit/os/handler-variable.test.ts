import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { publishHandler } from '../../../src/os/handler-variable.ts';
import { makeFolder } from '../workers/temporary-folder.ts';

type Case = {
  /** `_HANDLER` as the process got it, and as preloads have left it. */
  readonly atStart?: string;
  readonly now?: string;
  readonly handler?: string;
  readonly isInline?: boolean;
  readonly hasPreloads?: boolean;
};

function published(t: TestContext, { atStart, now, ...rest }: Case): string | undefined {
  const line = atStart === undefined ? '' : `_HANDLER=${atStart}\0`;
  const file = join(makeFolder(t, { environ: `A=1\0${line}X_HANDLER=no\0` }), 'environ');
  const env: NodeJS.ProcessEnv = now === undefined ? {} : { _HANDLER: now };
  const defaults = { handler: undefined, isInline: false, hasPreloads: true };
  publishHandler({ ...defaults, ...rest, env, file });
  return env['_HANDLER'];
}

function checkPublishes(what: string, input: Case, expected: string | undefined): void {
  test(`_HANDLER is ${expected ?? 'not set'} for ${what}`, (t) => {
    assert.equal(published(t, input), expected);
  });
}
checkPublishes('a name in the environment', { atStart: 'a.b', now: 'a.b' }, 'a.b');
checkPublishes('a name on the command line', { handler: 'c.d' }, 'c.d');
checkPublishes('both', { atStart: 'a.b', now: 'a.b', handler: 'c.d' }, 'c.d');
checkPublishes('neither', {}, undefined);
checkPublishes('a name that a preload has replaced', { atStart: 'a.b', now: 'wrap.h' }, 'a.b');
checkPublishes('an absent name that a preload has set', { now: 'wrap.h', handler: 'c.d' }, 'c.d');
const inline = { atStart: 'a.b', now: 'wrap.h', isInline: true };
checkPublishes('a preload on the thread of the handler', inline, 'wrap.h');
checkPublishes('the same with a command line', { ...inline, handler: 'c.d' }, 'wrap.h');
checkPublishes(
  'a start without preloads',
  { atStart: 'never read', now: 'a.b', hasPreloads: false },
  'a.b',
);

test('where the first environment cannot be read, _HANDLER stays', () => {
  const env: NodeJS.ProcessEnv = { _HANDLER: 'a.b' };
  const file = '/no/such/file';
  publishHandler({ env, handler: undefined, isInline: false, hasPreloads: true, file });
  assert.equal(env['_HANDLER'], 'a.b');
});
