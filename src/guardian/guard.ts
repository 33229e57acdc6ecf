// The process's side of the guardian: takes the journal over, makes good what the last process has
// left behind, and says how this one ends.
import type { Clock, RecoveryApi, RuntimeApi } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import { toDeathText } from './death.ts';
import { GuardedApi } from './guarded-api.ts';
import { Journal } from './journal.ts';
import { parseAddress } from './journal-address.ts';
import { Recovery } from './recovery.ts';

export type GuardOptions = {
  /** Content of BULKHEAD_JOURNAL. */
  readonly journal: string;
  readonly laneCount: number;
  readonly multiConcurrent: boolean;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'problem' | 'restarted'>;
  /** Called when a process has died before this one. */
  readonly openRecoveryApi: () => Promise<RecoveryApi>;
};

export type Guard = {
  /** The Runtime API of one lane, from 0. */
  wrap(api: RuntimeApi, lane: number): RuntimeApi;
  /** An earlier process of this environment has been restored from a snapshot (SnapStart). */
  readonly isRestored: boolean;
  /** This process has been. */
  restored(): void;
  /** The process ends on purpose; `wantsRestart`: another shall go on in the environment. */
  end(exitCode: number, wantsRestart: boolean): void;
};

/** @throws RuntimeError when what the guardian says of the journal makes no sense. */
export async function openGuard(options: GuardOptions): Promise<Guard> {
  const { laneCount, multiConcurrent, clock, telemetry } = options;
  const address = parseAddress(options.journal);
  const onFailure = ({ message }: Error): void =>
    telemetry.problem(`Cannot write the crash journal: ${message}; events are served without it`);
  const journal = new Journal(address, { laneCount, clock, onFailure });
  const { past } = journal;
  const { status } = address;
  let recovery: Recovery | undefined;
  if (status !== undefined) {
    const api = await options.openRecoveryApi();
    recovery = new Recovery({ past, status, api, clock, multiConcurrent });
    void recovery.answered.then((answered) => {
      journal.forgetPast();
      const { isWanted, damagedCount } = past;
      telemetry.restarted({ death: toDeathText(status), isWanted, answered, damagedCount });
    });
  }
  return {
    wrap: (api, lane) => new GuardedApi({ api, journal, lane, clock, telemetry, recovery }),
    isRestored: past.isRestored,
    restored: () => journal.restored(),
    end: (exitCode, wantsRestart) =>
      wantsRestart ? journal.wantRestart() : journal.ended(exitCode),
  };
}
