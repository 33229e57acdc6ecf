// Runs some moments in a process of its own and prints which heavy packages that has loaded.
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createTelemetry } from '../../../src/telemetry/telemetry.ts';
import { ERROR, invocationMoment, KEY } from './moments.ts';

const moments = process.argv[2];
const telemetry = createTelemetry({
  // Port 1 is refused to most users: no line about that, since a line would load pino.
  level: moments === 'metrics' ? 'FATAL' : 'INFO',
  metricsPort: moments === 'metrics' ? 1 : undefined,
  write: () => {},
  schedule: (load) => load(),
});

telemetry.workerStarted({ slotId: 1, role: 'active', ok: true, durationMs: 1 });
telemetry.initEnded({ ok: true, durationMs: 9 });
telemetry.invocationStarted(KEY);
telemetry.invocationEnded(invocationMoment());
if (moments === 'soft deadline') telemetry.warmUp();
if (moments === 'timeout') {
  const outcome = { kind: 'timeout', error: ERROR, headerType: 'Function.Timeout' } as const;
  telemetry.invocationDecided(invocationMoment({ outcome }));
}

// At the exit: the metrics load in the background and hold the process only until they are loaded.
process.on('exit', () => {
  const cached = Object.keys(createRequire(import.meta.url).cache);
  const has = (name: string): boolean =>
    cached.some((file) => file.includes(`/node_modules/${name}/`));
  writeSync(1, JSON.stringify({ pino: has('pino'), prometheus: has('prom-client') }));
});
