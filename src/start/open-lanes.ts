// Part of the composition root: a connection to the Runtime API for each lane.
import type { Config } from '../core/config.ts';
import type { RuntimeApi } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import { VERSION } from '../core/version.ts';
import { apiOpener } from '../runtime-api/create-api.ts';
import { systemClock } from '../system-clock.ts';

export type Lanes = readonly [RuntimeApi, ...RuntimeApi[]];

/**
 * One each: an answer never waits behind a parked poll (docs/adr/0023-managed-instances.md).
 *
 * @throws RuntimeError `Runtime.InvalidRuntimeApi` when the address cannot be read.
 */
export async function openLanes(
  { runtimeApi, pipelining, concurrency, snapStart }: Config,
  telemetry: Pick<Telemetry, 'isMeasuring' | 'runtimeApi'>,
): Promise<Lanes> {
  const open = await apiOpener(runtimeApi, {
    clock: systemClock,
    userAgent: `lambda-bulkhead/${VERSION}`,
    pipelining,
    connectsAtOnce: !snapStart,
    isMeasuring: telemetry.isMeasuring,
    onMoment: (moment) => telemetry.runtimeApi(moment),
  });
  return [open(), ...Array.from({ length: concurrency.laneCount - 1 }, open)];
}

/** @param wrap gets each with its number, from 0. */
export function wrapLanes(
  [first, ...others]: Lanes,
  wrap: (api: RuntimeApi, lane: number) => RuntimeApi,
): Lanes {
  return [wrap(first, 0), ...others.map((api, at) => wrap(api, at + 1))];
}
