import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ExchangeLog } from '../../../src/emulator/exchange-log.ts';

const HEAD = { endpoint: 'next', method: 'GET', path: '/', requestHeaders: {} } as const;

test('only the last 1000 exchanges are kept', () => {
  const log = new ExchangeLog();
  for (let index = 0; index < 1200; index += 1) log.open(HEAD);

  assert.equal(log.all.length, 1000);
  assert.deepEqual([log.all[0]?.index, log.all[999]?.index], [201, 1200]);
});

test('wait() sees finished exchanges, past and future, but none that is open', async () => {
  const log = new ExchangeLog();
  const past = log.open(HEAD);
  log.close(past, 200);
  const open = log.open(HEAD);

  assert.equal((await log.wait(() => true)).index, 1);
  const future = log.wait(({ index }) => index === 2);
  log.close(open, undefined);

  assert.equal((await future).status, undefined);
});

test('the hook gets each exchange once, when it is over', () => {
  const seen: number[] = [];
  const log = new ExchangeLog(({ index }) => seen.push(index));
  const [first, second] = [log.open(HEAD), log.open(HEAD)];

  log.close(second, 200);
  log.close(first, 403);

  assert.deepEqual(seen, [2, 1]);
});
