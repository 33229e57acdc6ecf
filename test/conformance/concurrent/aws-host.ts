// Host: AWS's Runtime Interface Emulator in its mode for Managed Instances. It starts only what it
// finds at fixed places, so that it gets a file system that has it there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { RunningProcess } from '../../support/running-process.ts';
import { type Ports, startOnFreePorts } from '../aws-host.ts';
import { type HostedFunction, ROOT } from '../host.ts';
import { type SharedHost, type SharedOptions, toSharedEnv } from './host.ts';
import { LAYOUT, type Namespace } from './mount-namespace.ts';

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));

export function toSharedAwsHost(program: string, namespace: Namespace): SharedHost {
  return {
    name: "AWS's emulator",
    tellsDeadlines: false,
    start: async (options) => {
      const stage = mkdtempSync(join(tmpdir(), 'bulkhead-rie-'));
      const start = (ports: Ports): RunningProcess => {
        const files = [stage, PACKAGE, ROOT, process.execPath, program];
        const command = [...namespace.enter, 'sh', '-c', LAYOUT, 'sh', ...files] as const;
        return startProgram(command, options, ports);
      };
      const remove = (): void => rmSync(stage, { recursive: true });
      const hosted = await startOnFreePorts(program, start).catch((error: unknown) => {
        remove();
        throw error;
      });
      const close = (): Promise<void> => hosted.close().then(remove);
      return { ...hosted, close } satisfies HostedFunction;
    },
  };
}

function startProgram(
  command: readonly [string, ...string[]],
  options: SharedOptions,
  ports: Ports,
): RunningProcess {
  const { handler, timeoutMs, memoryMb, concurrency } = options;
  const flags = [
    // At this level it says when it listens.
    ...['--log-level', 'debug'],
    ...['--runtime-api-address', `127.0.0.1:${ports.runtimeApi}`],
    ...['--runtime-interface-emulator-address', `127.0.0.1:${ports.invoke}`],
  ];
  return new RunningProcess([...command, ...flags], {
    cwd: ROOT,
    env: {
      AWS_LAMBDA_FUNCTION_HANDLER: handler,
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutMs / 1000),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_FUNCTION_NAME: 'function',
      AWS_LAMBDA_MAX_CONCURRENCY: String(concurrency),
      // What the machine of the test says about Lambda is not meant for the function.
      AWS_LAMBDA_NODEJS_WORKER_COUNT: undefined,
      AWS_LAMBDA_LOG_FORMAT: undefined,
      AWS_LAMBDA_LOG_LEVEL: undefined,
      ...toSharedEnv(options),
    },
  });
}
