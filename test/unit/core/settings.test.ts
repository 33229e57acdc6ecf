import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTING_ROWS } from '../../../src/core/setting-rows.ts';
import { parseSettings } from '../../../src/core/settings.ts';

test('an environment without settings gives the defaults', () => {
  assert.deepEqual(parseSettings({ PATH: '/bin', BULKHEADED: 'not ours' }), {
    deadlineMarginMs: 100,
    standby: undefined,
    isolation: 'shared',
    pipelining: 'auto',
    placement: 'spread',
    retryNeighbours: false,
    report: false,
    metricsPort: undefined,
    recycleAfter: undefined,
    recycleHeapMb: undefined,
    recycleAgeS: undefined,
    stuckLimit: 2,
    restartLimit: 60,
    profileDir: undefined,
    typescript: 'off',
    compileCache: undefined,
    guardian: 'on',
    journal: undefined,
    nodeOptions: undefined,
  });
});

test('every setting is read', () => {
  const env = {
    BULKHEAD_DEADLINE_MARGIN_MS: '250',
    BULKHEAD_STANDBY: '2',
    BULKHEAD_ISOLATION: 'none',
    BULKHEAD_PIPELINING: 'off',
    BULKHEAD_PLACEMENT: 'exclusive',
    BULKHEAD_RETRY_NEIGHBOURS: '1',
    BULKHEAD_REPORT: '1',
    BULKHEAD_METRICS_PORT: '9464',
    BULKHEAD_RECYCLE_AFTER: '1000',
    BULKHEAD_RECYCLE_HEAP_MB: '200',
    BULKHEAD_RECYCLE_AGE_S: '3600',
    BULKHEAD_STUCK_LIMIT: '0',
    BULKHEAD_RESTART_LIMIT: '5',
    BULKHEAD_PROFILE_DIR: '/tmp/profiles',
    BULKHEAD_TYPESCRIPT: 'on',
    BULKHEAD_COMPILE_CACHE: '/opt/cache',
    BULKHEAD_GUARDIAN: 'off',
  };
  assert.deepEqual(parseSettings(env), {
    deadlineMarginMs: 250,
    standby: 2,
    isolation: 'none',
    pipelining: 'off',
    placement: 'exclusive',
    retryNeighbours: true,
    report: true,
    metricsPort: 9464,
    recycleAfter: 1000,
    recycleHeapMb: 200,
    recycleAgeS: 3600,
    stuckLimit: 0,
    restartLimit: 5,
    profileDir: '/tmp/profiles',
    typescript: 'on',
    compileCache: '/opt/cache',
    guardian: 'off',
    journal: undefined,
    nodeOptions: undefined,
  });
  assert.deepEqual(
    Object.keys(env).sort(),
    SETTING_ROWS.map((row) => row.variable).sort(),
    'the table and this test name the same settings',
  );
});

function checkRefused(variable: string, value: string): void {
  test(`${variable}="${value}" is refused, with what it accepts`, () => {
    assert.throws(
      () => parseSettings({ [variable]: value }),
      (error: Error & { errorType?: string }) => {
        assert.equal(error.errorType, 'Runtime.InvalidSetting');
        assert.match(error.message, new RegExp(`${variable}="${value}"`));
        const accepts = SETTING_ROWS.find((row) => row.variable === variable)?.accepts ?? '?';
        assert.ok(error.message.includes(accepts), error.message);
        return true;
      },
    );
  });
}

checkRefused('BULKHEAD_DEADLINE_MARGIN_MS', '0');
checkRefused('BULKHEAD_DEADLINE_MARGIN_MS', '60001');
checkRefused('BULKHEAD_DEADLINE_MARGIN_MS', 'soon');
checkRefused('BULKHEAD_DEADLINE_MARGIN_MS', '1.5');
checkRefused('BULKHEAD_STANDBY', '-1');
checkRefused('BULKHEAD_STANDBY', '17');
checkRefused('BULKHEAD_ISOLATION', 'Shared');
checkRefused('BULKHEAD_METRICS_PORT', '65536');
checkRefused('BULKHEAD_RECYCLE_AFTER', '0');
checkRefused('BULKHEAD_STUCK_LIMIT', '1001');
checkRefused('BULKHEAD_RESTART_LIMIT', '0');
checkRefused('BULKHEAD_GUARDIAN', 'yes');

test('an unknown setting is refused by name, with the names there are', () => {
  assert.throws(() => parseSettings({ BULKHEAD_STANDBYS: '1' }), {
    errorType: 'Runtime.InvalidSetting',
    message: /"BULKHEAD_STANDBYS".*BULKHEAD_STANDBY,/,
  });
});
