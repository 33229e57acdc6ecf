// Host: this package's emulator in its mode for Managed Instances, used through its Invoke API.
import { Emulator } from '../../../src/emulator/emulator.ts';
import { Transcript } from '../../support/transcript.ts';
import { type HostedFunction, ROOT, toCommand } from '../host.ts';
import { type SharedHost, type SharedOptions, toSharedEnv } from './host.ts';

export const sharedEmulatorHost: SharedHost = {
  name: 'the emulator of this package',
  tellsDeadlines: true,
  start: startFunction,
};

async function startFunction(options: SharedOptions): Promise<HostedFunction> {
  const { handler, timeoutMs, memoryMb, concurrency } = options;
  const output = new Transcript();
  const emulator = await Emulator.start({
    root: ROOT,
    handler,
    command: toCommand({ handler, isGuarded: false }),
    timeoutMs,
    memoryMb,
    concurrency,
    env: toSharedEnv(options),
    onLog: ({ line }) => output.append(`${line}\n`),
  });
  return {
    url: `${emulator.url}/2015-03-31/functions/function/invocations`,
    output,
    close: () => emulator.close(),
  };
}
