// The environment variables and the command line that the managed runtime is started with.
import { randomBytes } from 'node:crypto';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { EmulatorConfig } from './emulator-options.ts';

/** Its presence tells a runtime that it serves many invocations at once. */
export const CONCURRENCY_VARIABLE = 'AWS_LAMBDA_MAX_CONCURRENCY';

/** Variables of the host that would change what the runtime is, or belong to another run. */
const NOT_INHERITED: ReadonlySet<string> = new Set([
  CONCURRENCY_VARIABLE,
  'NODE_TEST_CONTEXT',
  '_HANDLER',
  '_LAMBDA_TELEMETRY_LOG_FD',
  '_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET',
  '_X_AMZN_TRACE_ID',
]);

/** What Lambda sets, over what the host has, under what the user gives (contract, section 6.1). */
export function toRuntimeEnv(
  config: EmulatorConfig,
  runtimeApi: string,
  logStream: string,
): Readonly<Record<string, string>> {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.has(name));
  const all: Record<string, string | undefined> = {
    AWS_ACCESS_KEY_ID: 'emulated',
    AWS_SECRET_ACCESS_KEY: 'emulated',
    ...Object.fromEntries(inherited),
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: config.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
    // The environments that are restored from one snapshot have log streams of their own.
    AWS_LAMBDA_LOG_GROUP_NAME: config.snapStart ? undefined : `/aws/lambda/${config.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: config.snapStart ? undefined : logStream,
    AWS_LAMBDA_INITIALIZATION_TYPE: toInitializationType(config),
    ...toConcurrencyEnv(config),
    AWS_REGION: config.region,
    AWS_DEFAULT_REGION: config.region,
    LAMBDA_TASK_ROOT: config.root,
    TZ: ':UTC',
    _HANDLER: config.handler,
    ...config.env,
  };
  const present = Object.entries(all).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined;
  });
  return Object.fromEntries(present);
}

function toInitializationType({ concurrency, snapStart }: EmulatorConfig): string {
  if (concurrency !== undefined) return 'lambda-managed-instances';
  return snapStart ? 'snap-start' : 'on-demand';
}

/** With many at once a line has to say whose it is: JSON is Lambda's default there. */
function toConcurrencyEnv({ concurrency }: EmulatorConfig): Record<string, string> {
  if (concurrency === undefined) return {};
  return { [CONCURRENCY_VARIABLE]: String(concurrency), AWS_LAMBDA_LOG_FORMAT: 'JSON' };
}

/** The runtime's command line, or undefined when the caller runs its own runtime. */
export function toRuntimeCommand(config: EmulatorConfig): readonly string[] | undefined {
  if (config.command !== undefined) return config.command;
  if (config.handler === undefined) return undefined;
  // The same file as source or compiled, whichever this one is.
  const cli = new URL(`../cli${extname(import.meta.filename)}`, import.meta.url);
  return [process.execPath, fileURLToPath(cli), 'start', config.handler];
}

/** Named as Lambda names them: date, version, environment. */
export function toLogStream(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}
