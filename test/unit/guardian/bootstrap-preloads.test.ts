// What the guardian's script makes of NODE_OPTIONS, in every shell that this machine has.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FakeInstallation, shells } from './fake-node.ts';

const LIFE =
  ': "$' +
  '{BULKHEAD_NODE_OPTIONS:=unset}"; says ended 0; ' +
  'printf "[%s][%s]" "$NODE_OPTIONS" "$BULKHEAD_NODE_OPTIONS"; exit 0';

type Row = readonly [given: string, kept: string];

const WITHHELD: readonly Row[] = [
  ['--require ./a.js', ''],
  ['-r ./a.js --import=./b.mjs', ''],
  [
    '--max-old-space-size=300 --require=./a.js  --enable-source-maps',
    '--max-old-space-size=300 --enable-source-maps',
  ],
  ['--import "/a folder/b.mjs" --no-warnings', '--no-warnings'],
  ['--require="/a folder/--require/b.js" --title "a --import b"', '--title "a --import b"'],
  ['--require *', ''],
];
const LEFT: readonly string[] = [
  '',
  '--max-old-space-size=300',
  '--no-experimental-require-module',
  '--require "a\\"b.js"',
  '--require "unfinished',
];

for (const shell of shells) {
  for (const [given, kept] of WITHHELD) {
    test(`${shell.name}: NODE_OPTIONS ${given} becomes ${kept}`, async (t) => {
      const env = { NODE_OPTIONS: given, BULKHEAD_NODE_OPTIONS: 'of a user' };
      const { stdout } = await new FakeInstallation(t).run({ shell, lives: [LIFE], env });

      assert.equal(stdout, `[${kept}][${given}]`);
    });
  }

  for (const given of LEFT) {
    test(`${shell.name}: NODE_OPTIONS ${given} is left as it is`, async (t) => {
      const env = { NODE_OPTIONS: given };
      const { stdout } = await new FakeInstallation(t).run({ shell, lives: [LIFE], env });
      assert.equal(stdout, `[${given}][unset]`);
    });
  }

  test(`${shell.name}: on the handler's own thread the preloads stay`, async (t) => {
    const env = { NODE_OPTIONS: '--require ./a.js', BULKHEAD_ISOLATION: 'none' };
    const { stdout } = await new FakeInstallation(t).run({ shell, lives: [LIFE], env });
    assert.equal(stdout, '[--require ./a.js][unset]');
  });
}
