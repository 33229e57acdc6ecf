import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { TERMINATE_MS_MAX } from '../../../src/core/limits.ts';
import type { Clock } from '../../../src/core/ports.ts';
import type { WorkerEndMoment } from '../../../src/core/telemetry-port.ts';
import { ChildWindow } from '../../../src/pool/child-window.ts';
import { type EndingSlot, WorkerEndings } from '../../../src/pool/worker-endings.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { PausedClock } from './paused-clock.ts';

type Ends = { readonly endings: WorkerEndings; readonly moments: WorkerEndMoment[] };

function endingsWith(others: readonly EndingSlot[], clock: Clock = systemClock): Ends {
  const moments: WorkerEndMoment[] = [];
  const endings = new WorkerEndings({
    clock,
    telemetry: { workerEnded: (moment) => moments.push(moment) },
    others: () => others,
    stuckLimit: 9,
    onThreadGone: () => {},
    onUnfit: () => {},
  });
  return { endings, moments };
}

/** Its number in the operating system is not known: whose a child is, neither. */
function slotOf(id: number, state: EndingSlot['state']): EndingSlot {
  const children = new ChildWindow(systemClock);
  return {
    id,
    state,
    children,
    osThreadId: undefined,
    endCause: 'timeout',
    endDetail: undefined,
    invocationCount: 1,
    end: () => {},
  };
}

async function startChild(context: TestContext): Promise<ChildProcess> {
  const child = spawn('sleep', ['100'], { stdio: 'ignore' });
  context.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  // A start is told in hundredths of a second: whoever comes now is later beyond doubt.
  await new Promise((resolve) => setTimeout(resolve, 60));
  return child;
}

const linux = { skip: process.platform === 'linux' ? false : 'there is no /proc here' };

test('a child that can only be the stuck thread’s is ended', linux, async (context) => {
  const stuck = slotOf(1, 'stuck');
  const child = await startChild(context);
  const ended = once(child, 'exit');
  const { endings, moments } = endingsWith([slotOf(2, 'ready')]);
  endings.ended(stuck);
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  const { detail = '' } = moments[0] ?? {};
  assert.equal(detail, `it waited for child processes, which were ended: sleep 100 (${child.pid})`);
});

test('a child that may be another’s is named and left alone', linux, async (context) => {
  const [stuck, other] = [slotOf(1, 'stuck'), slotOf(2, 'busy')];
  const child = await startChild(context);
  const { endings, moments } = endingsWith([other]);
  endings.ended(stuck);
  const { detail = '' } = moments[0] ?? {};
  assert.match(detail, /inside a native call .* another worker's and were left alone: sleep 100/);
  assert.equal(child.signalCode, null);
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  assert.match(stat, / S /, 'nor was it stopped');
});

test('so is one of a time when a worker was there that is gone', linux, async (context) => {
  const stuck = slotOf(1, 'stuck');
  const child = await startChild(context);
  const { endings, moments } = endingsWith([]);
  endings.ended(slotOf(2, 'gone'));
  endings.ended(stuck);
  assert.match(moments[1]?.detail ?? '', /left alone: sleep 100/);
  assert.equal(child.signalCode, null);
});

test('whoever was asked to leave is ended when there is no time to wait', () => {
  const causes: string[] = [];
  const retiring = { ...slotOf(1, 'retiring'), end: (cause: string) => causes.push(cause) };
  const { endings } = endingsWith([]);
  endings.began(retiring);
  endings.hurry();
  assert.deepEqual(causes, ['drain']);
});

test('a process that ends waits a while for its threads, and counts those that stay', async () => {
  const clock = new PausedClock();
  const { endings } = endingsWith([], clock);
  const [gone, starved] = [slotOf(1, 'gone'), slotOf(2, 'retiring')];
  for (const slot of [gone, starved]) endings.began(slot);
  const staying = endings.settledInTime();
  endings.ended(gone);
  clock.pass(2 * TERMINATE_MS_MAX);
  assert.equal(await staying, 1);
});

test('a process that ends does not wait for a thread that is gone', async () => {
  const { endings } = endingsWith([], new PausedClock());
  const gone = slotOf(1, 'gone');
  endings.began(gone);
  const staying = endings.settledInTime();
  endings.ended(gone);
  assert.equal(await staying, 0);
});
