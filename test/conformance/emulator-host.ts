// Host: this package's emulator, used from outside, through its Invoke API.
import { Emulator } from '../../src/emulator/emulator.ts';
import { Transcript } from '../support/transcript.ts';
import {
  type FunctionOptions,
  type Host,
  type HostedFunction,
  ROOT,
  toCommand,
  toEnv,
} from './host.ts';

export const emulatorHost: Host = {
  name: 'the emulator of this package',
  refusesBadJson: true,
  start: startFunction,
};

async function startFunction(options: FunctionOptions): Promise<HostedFunction> {
  const { handler, timeoutMs, memoryMb } = options;
  const output = new Transcript();
  const emulator = await Emulator.start({
    root: ROOT,
    handler,
    command: toCommand(options),
    timeoutMs,
    memoryMb,
    env: toEnv(options),
    onLog: ({ line }) => output.append(`${line}\n`),
  });
  return {
    url: `${emulator.url}/2015-03-31/functions/function/invocations`,
    output,
    close: () => emulator.close(),
  };
}
