// The environment in the mode that the options ask for, and the way in for its invocations.
import type { EmulatorConfig } from './emulator-options.ts';
import { Environment } from './environment.ts';
import type { EnvironmentOptions, ExecutionEnvironment, Intake } from './environment-ports.ts';
import { InvokeQueue } from './invoke-queue.ts';
import { SharedEnvironment } from './managed-instances/shared-environment.ts';

export type EnvironmentMode = {
  readonly environment: ExecutionEnvironment;
  readonly intake: Intake;
};

export function openEnvironment(
  config: EmulatorConfig,
  parts: Pick<EnvironmentOptions, 'runtime' | 'writeLine'>,
): EnvironmentMode {
  const { concurrency, queueLength } = config;
  const options: EnvironmentOptions = {
    ...parts,
    memoryMb: config.memoryMb,
    initMsMax: config.initTimeoutMs,
    restoreMsMax: config.snapStart ? config.restoreTimeoutMs : undefined,
  };
  if (concurrency !== undefined) {
    const shared = new SharedEnvironment({ ...options, concurrency, waitingMax: queueLength });
    return { environment: shared, intake: shared };
  }
  const environment = new Environment(options);
  const intake = new InvokeQueue((invocation) => environment.run(invocation), queueLength);
  return { environment, intake };
}
