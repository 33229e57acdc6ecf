// Host: AWS's Runtime Interface Emulator, a program of its own that starts the runtime by itself.
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';

import { RunningProcess } from '../support/running-process.ts';
import {
  type FunctionOptions,
  type Host,
  type HostedFunction,
  ROOT,
  toCommand,
  toEnv,
} from './host.ts';

const PROGRAM = 'aws-lambda-rie';
/** It takes ports, not sockets: one that was free can be taken before it listens. */
const START_ATTEMPTS_MAX = 5;

export type Ports = { readonly runtimeApi: number; readonly invoke: number };

/** Path of the program, or undefined when this machine has none. */
export function findProgram(): string | undefined {
  const given = process.env['AWS_LAMBDA_RIE'];
  if (given) {
    accessSync(given, constants.X_OK);
    return given;
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, PROGRAM)).find(isExecutable);
}

export function toAwsHost(program: string): Host {
  return {
    name: "AWS's emulator",
    refusesBadJson: false,
    start: (options) => {
      return startOnFreePorts(program, (ports) => startProgram(program, options, ports));
    },
  };
}

/** Starts the program as often as its ports are taken by others. */
export async function startOnFreePorts(
  program: string,
  start: (ports: Ports) => RunningProcess,
): Promise<HostedFunction> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await findFreePorts();
    const rie = start(ports);
    if (await isServing(rie, ports)) {
      return {
        url: `http://127.0.0.1:${ports.invoke}/2015-03-31/functions/function/invocations`,
        output: rie.output,
        close: () => rie.stop(),
      };
    }
    await rie.stop();
    if (attempt === START_ATTEMPTS_MAX)
      throw new Error(`Cannot start ${program}: ${rie.output.text}`);
  }
}

function startProgram(program: string, options: FunctionOptions, ports: Ports): RunningProcess {
  const { timeoutMs, memoryMb } = options;
  const flags = [
    // At this level it says when it listens.
    ...['--log-level', 'debug'],
    ...['--runtime-api-address', `127.0.0.1:${ports.runtimeApi}`],
    ...['--runtime-interface-emulator-address', `127.0.0.1:${ports.invoke}`],
  ];
  return new RunningProcess([program, ...flags, ...toCommand(options)], {
    cwd: ROOT,
    env: {
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutMs / 1000),
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_FUNCTION_NAME: 'function',
      // What the machine of the test says about Lambda is not meant for the function.
      AWS_LAMBDA_MAX_CONCURRENCY: undefined,
      AWS_LAMBDA_LOG_FORMAT: undefined,
      AWS_LAMBDA_LOG_LEVEL: undefined,
      LAMBDA_TASK_ROOT: undefined,
      ...toEnv(options),
    },
  });
}

/** False when a port was taken: the program then ends by itself. */
async function isServing(rie: RunningProcess, ports: Ports): Promise<boolean> {
  try {
    await rie.output.waitFor(/Runtime API Server listening|RIE server started/);
  } catch {
    // Its output is told when the last attempt fails.
    return false;
  }
  // It does not say when it takes invocations: ask, for as long as it runs, for a path it lacks.
  while (rie.isRunning) {
    try {
      const reply = await fetch(`http://127.0.0.1:${ports.invoke}/`);
      return reply.status === 404 && rie.isRunning;
    } catch {
      // Refused: not yet, or never.
    }
  }
  return false;
}

async function findFreePorts(): Promise<Ports> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) server.close();
  const [runtimeApi = 0, invoke = 0] = ports;
  return { runtimeApi, invoke };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Missing, or not for this user.
    return false;
  }
}
