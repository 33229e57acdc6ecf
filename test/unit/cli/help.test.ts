import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { commandHelp, generalHelp } from '../../../src/cli/help.ts';
import { SETTING_ROWS } from '../../../src/core/setting-rows.ts';

test('the general help names every command, examples and exit codes', () => {
  const help = generalHelp();

  for (const { name, summary } of COMMANDS) {
    assert.match(help, new RegExp(`^  ${name} +${summary.replace(/[()]/g, '\\$&')}$`, 'm'));
  }
  assert.match(help, /^Examples:$/m);
  for (const code of [0, 1, 2, 3, 4]) assert.match(help, new RegExp(`^  ${code}  \\S`, 'm'));
});

test('the help of a command names every flag and shows how to use it', () => {
  for (const command of COMMANDS) {
    const help = commandHelp(command);
    assert.ok(help.startsWith(`Usage: ${command.usage}\n`));
    for (const { name } of command.flags) assert.ok(help.includes(`  ${name} `), name);
    for (const example of command.examples) assert.ok(help.includes(`  ${example}\n`));
  }
});

test('the help of dev, invoke and start names every setting that is for it', () => {
  for (const command of COMMANDS) {
    if (command.name === 'bench' || command.name === 'warm') continue;
    const isStart = command.name === 'start';
    for (const { variable, flag } of SETTING_ROWS) {
      const isHere = isStart || flag !== undefined;
      assert.equal(commandHelp(command).includes(variable), isHere, variable);
    }
  }
});

test('no line of any help is wider than 100 columns', () => {
  for (const help of [generalHelp(), ...COMMANDS.map(commandHelp)]) {
    for (const line of help.split('\n')) assert.ok(line.length <= 100, line);
  }
});
