import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastValue, parseArguments, requiredHandler } from '../../../src/cli/arguments.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import { COMMANDS, type Command } from '../../../src/cli/commands.ts';
import { SETTING_ROWS } from '../../../src/core/setting-rows.ts';

const DEV = command('dev');
const INVOKE = command('invoke');

function command(name: string): Command {
  const found = COMMANDS.find((candidate) => candidate.name === name);
  assert.ok(found);
  return found;
}

function checkRefused(owner: Command, args: string[], message: RegExp): void {
  assert.throws(
    () => requiredHandler(owner, parseArguments(owner, args)),
    (error) => {
      assert.ok(error instanceof CliError);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, message);
      return true;
    },
  );
}

test('parseArguments() takes flags before and after the handler', () => {
  const args = parseArguments(DEV, ['--port', '9100', 'app.handler', '--no-watch', '--timeout=30']);

  assert.equal(requiredHandler(DEV, args), 'app.handler');
  assert.equal(lastValue(args, '--port'), '9100');
  assert.equal(lastValue(args, '--timeout'), '30');
  assert.equal(args.flags.has('--no-watch'), true);
  assert.equal(lastValue(args, '--memory'), undefined);
});

test('a later value overrides an earlier one and a repeatable flag keeps both', () => {
  const args = parseArguments(DEV, ['--port', '1', '--port', '2', '--env', 'A=1', '--env', 'B=2']);

  assert.equal(lastValue(args, '--port'), '2');
  assert.deepEqual(args.flags.get('--env'), ['A=1', 'B=2']);
});

test('a lone dash is a value, not a flag', () => {
  const args = parseArguments(INVOKE, ['app.handler', '--event', '-']);

  assert.equal(lastValue(args, '--event'), '-');
});

test('every setting has its flag on dev and on invoke', () => {
  for (const { flag } of SETTING_ROWS) {
    if (flag === undefined) continue;
    for (const owner of [DEV, INVOKE]) {
      const args = parseArguments(owner, ['app.handler', flag, 'x']);
      assert.deepEqual(args.flags.get(flag), ['x'], `${owner.name} ${flag}`);
    }
  }
});

test('-h and --help are seen wherever they stand', () => {
  assert.equal(parseArguments(DEV, ['app.handler', '-h']).isHelpWanted, true);
  assert.equal(parseArguments(DEV, ['--help']).isHelpWanted, true);
});

test('wrong arguments are refused with their name and what is accepted', () => {
  checkRefused(
    DEV,
    ['app.handler', '--prot', '1'],
    /^Cannot use "--prot": .*accepts --port, --host/,
  );
  checkRefused(DEV, ['app.handler', '-p', '1'], /^Cannot use "-p": /);
  checkRefused(DEV, ['app.handler', '--event', '{}'], /^Cannot use "--event": "bulkhead dev" has/);
  checkRefused(DEV, ['app.handler', '--port'], /--port: its value is missing, as in --port PORT$/);
  checkRefused(
    DEV,
    ['app.handler', '--no-watch=1'],
    /^Cannot use --no-watch with "1": it takes no/,
  );
  checkRefused(
    DEV,
    [],
    /^Cannot run "bulkhead dev": no handler is given; .*examples\/hello\.handler/,
  );
  checkRefused(
    DEV,
    ['a.b', 'c.d'],
    /^Cannot use "c\.d": "bulkhead dev" takes one handler, "a\.b" is/,
  );
});
