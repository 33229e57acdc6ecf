import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRuntimeError } from '../../../src/core/errors.ts';
import { openMetricsEndpoint } from '../../../src/telemetry/metrics-endpoint.ts';

const METRICS = { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' };

test('the endpoint serves /metrics and nothing else', async () => {
  const endpoint = await openMetricsEndpoint(METRICS, 0);
  const base = `http://127.0.0.1:${endpoint.port}`;

  const metrics = await fetch(`${base}/metrics`);
  const other = await fetch(`${base}/`);
  const posted = await fetch(`${base}/metrics`, { method: 'POST' });

  assert.equal(metrics.status, 200);
  assert.equal(metrics.headers.get('content-type'), METRICS.contentType);
  assert.equal(await metrics.text(), 'up 1\n');
  assert.deepEqual([other.status, posted.status], [404, 404]);
  await endpoint.close();
});

test('a port in use is refused with its number and its variable', async () => {
  const first = await openMetricsEndpoint(METRICS, 0);

  await assert.rejects(openMetricsEndpoint(METRICS, first.port), (error) => {
    assert.ok(isRuntimeError(error));
    assert.equal(error.errorType, 'Runtime.MetricsUnavailable');
    assert.equal(
      error.message,
      `Cannot serve metrics on port "${first.port}" (BULKHEAD_METRICS_PORT): the port is in use`,
    );
    return true;
  });
  await first.close();
});
