import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLimitBytes } from '../../../src/os/memory-limit.ts';
import { procOf } from './scripted-proc.ts';

const MB = 1024 * 1024;

function limitMb(
  files: Record<string, string>,
  functionMemoryMb: number | undefined,
): number | undefined {
  const bytes = memoryLimitBytes(functionMemoryMb, procOf({ rows: [], files }));
  return bytes === undefined ? undefined : bytes / MB;
}

const SELF = '/proc/self/cgroup';

test('with no control group the function says it, and nobody else', () => {
  assert.equal(limitMb({}, 512), 512);
  assert.equal(limitMb({}, undefined), undefined);
  assert.equal(limitMb({ [SELF]: '0::/\n' }, 512), 512);
});

test('the least of the groups above a process counts (version 2)', () => {
  const files = {
    [SELF]: '0::/a/b\n',
    '/sys/fs/cgroup/a/b/memory.max': 'max\n',
    '/sys/fs/cgroup/a/memory.max': `${300 * MB}\n`,
    '/sys/fs/cgroup/memory.max': `${400 * MB}\n`,
  };
  assert.equal(limitMb(files, undefined), 300);
  assert.equal(limitMb(files, 512), 300);
  assert.equal(limitMb(files, 256), 256);
});

test('in a container the group itself is the root, whatever its path outside is', () => {
  const v2 = { [SELF]: '0::/../../x\n', '/sys/fs/cgroup/memory.max': `${300 * MB}` };
  assert.equal(limitMb(v2, undefined), 300);
  const v1 = {
    [SELF]: '5:devices:/\n4:cpu,memory:/docker/1:2\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${200 * MB}\n`,
  };
  assert.equal(limitMb(v1, 512), 200);
});

test('version 1 has its own way to say that there is no limit', () => {
  const path = '/sys/fs/cgroup/memory/a:b/memory.limit_in_bytes';
  const of = (text: string): Record<string, string> => ({ [SELF]: '4:memory:/a:b', [path]: text });
  assert.equal(limitMb(of('9223372036854771712\n'), undefined), undefined);
  assert.equal(limitMb(of(String(100 * MB)), undefined), 100);
  assert.equal(limitMb(of('-1'), undefined), undefined);
  assert.equal(limitMb(of('0'), undefined), undefined);
});

test('this process has a limit or has none', () => {
  const bytes = memoryLimitBytes(undefined);
  assert.ok(bytes === undefined || bytes > process.memoryUsage.rss());
});
