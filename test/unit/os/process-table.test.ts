import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStat, procSource, readProcess, startedSince } from '../../../src/os/process-table.ts';
import { procOf } from './scripted-proc.ts';

/** A line of Linux 6.18 with the name put in. */
const lineOf = (name: string): string =>
  `25716 (${name}) R 25714 25714 22757 0 -1 4194304 100 0 1 0 0 0 0 0 20 0 1 0 1256774 3133440`;

for (const name of ['cat', 'a b', 'x) S 1 (y', '', '((', 'tmux: server']) {
  test(`the name "${name}" does not shift the fields behind it`, () => {
    assert.deepEqual(parseStat(lineOf(name)), {
      pid: 25716,
      parentPid: 25714,
      name,
      state: 'R',
      startedTicks: 1256774,
    });
  });
}

for (const text of ['', 'no such process', '12 (cut off', '12 (cut) R', 'x (y) R 1 2', ')(']) {
  test(`"${text}" is no line of a process`, () => {
    assert.equal(parseStat(text), undefined);
  });
}

test('a start is placed by the uptime of now, whatever the time of the boot was', () => {
  const proc = procOf({ nowEpochMs: 1_000_000, uptimeS: 500.25, rows: [] });
  const row = { pid: 5, parentPid: 1, name: 'x', state: 'S', startedTicks: 49_025 };
  // It has been running for 10 s.
  assert.equal(startedSince(proc, row, 990_000), true);
  assert.equal(startedSince(proc, row, 990_020), true);
  assert.equal(startedSince(proc, row, 990_021), false);
});

test('without an uptime nothing has started since', () => {
  const proc = { ...procOf({ rows: [] }), readText: () => undefined };
  const row = { pid: 5, parentPid: 1, name: 'x', state: 'S', startedTicks: 1e9 };
  assert.equal(startedSince(proc, row, 0), false);
});

test('this process is found, with its age', { skip: noProc() }, () => {
  const row = readProcess(procSource, process.pid);
  assert.ok(row !== undefined);
  assert.equal(row.parentPid, process.ppid);
  const startedMs = performance.timeOrigin;
  assert.equal(startedSince(procSource, row, startedMs - 2000), true);
  assert.equal(startedSince(procSource, row, startedMs + 1000), false);
});

function noProc(): string | false {
  return process.platform === 'linux' ? false : 'there is no /proc here';
}
