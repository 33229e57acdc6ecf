// A test of a user's own, against the emulator of the package.
import { Emulator, type EmulatorOptions, type InvokeResult } from 'lambda-bulkhead/emulator';

export async function invoke(options: EmulatorOptions): Promise<InvokeResult> {
  const emulator: Emulator = await Emulator.start(options);
  try {
    return await emulator.invoke({ name: 'Ada' }, { logTail: true });
  } finally {
    await emulator.close();
  }
}
