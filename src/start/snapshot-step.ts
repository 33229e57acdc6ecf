// Part of the composition root: what a snapshot takes, built only where there is one (SnapStart).
import type { Config } from '../core/config.ts';
import type { RuntimeApi, SnapshotPool, SnapshotStep } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import { VERSION } from '../core/version.ts';
import type { Guard } from '../guardian/guard.ts';
import { afterRunning } from '../pool/running-time.ts';
import { createSnapshotApi } from '../runtime-api/snapshot-api.ts';
import { Snapshot } from '../supervisor/snapshot.ts';
import { systemClock } from '../system-clock.ts';
import type { SnapshotState } from './worker-setup.ts';

export type SnapshotParts = {
  readonly initApi: RuntimeApi;
  readonly pool: SnapshotPool;
  readonly telemetry: Pick<Telemetry, 'runtimeApi'>;
  readonly guard: Guard | undefined;
};

/** @param state is kept up to date from here. */
export async function toStep(
  { runtimeApi }: Config,
  state: SnapshotState,
  { initApi, pool, telemetry, guard }: SnapshotParts,
): Promise<SnapshotStep> {
  const isRestored = guard?.isRestored ?? false;
  if (isRestored) state.phase = 'restored';
  return new Snapshot({
    api: await createSnapshotApi(runtimeApi, {
      clock: systemClock,
      userAgent: `lambda-bulkhead/${VERSION}`,
      onMoment: (moment) => telemetry.runtimeApi(moment),
    }),
    initApi,
    pool,
    isRestored,
    onPhase: (phase) => {
      state.phase = phase;
      if (phase === 'restored') guard?.restored();
    },
    afterRunning: (ms, run) => afterRunning(systemClock, ms, run),
  });
}
