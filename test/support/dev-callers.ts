// `bulkhead dev` with a Function URL in a folder of its own, called by the AWS SDK and by curl.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { RunningProcess } from './running-process.ts';
import { sdkClient } from './sdk-client.ts';

/** What `npm run build` has made. */
const MAIN = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const FLAGS = ['--port', '0', '--function-url', '0', '--timeout', '60', '--no-watch'];

const HAS_CURL = spawnSync('curl', ['--version']).status === 0;
/** Of a test that uses it. */
export const NEEDS_CURL = { skip: HAS_CURL ? false : 'there is no curl on this machine' };

export type CalledDev = {
  readonly folder: string;
  readonly dev: RunningProcess;
  readonly client: LambdaClient;
  readonly functionUrl: string;
  readonly stop: () => Promise<void>;
};

/** @param handler the text of an ES module that exports `handler`. */
export async function startDev(handler: string): Promise<CalledDev> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-dev-'));
  await writeFile(join(folder, 'app.mjs'), handler);
  const line = [process.execPath, MAIN, 'dev', 'app.handler', ...FLAGS] as const;
  const dev = new RunningProcess(line, { cwd: folder });
  const [, endpoint = ''] = await dev.output.waitFor(/^Bulkhead serves .* at (http:\S+)$/m);
  const [, functionUrl = ''] = await dev.output.waitFor(/^Function URL: (http:\S+)$/m);
  const client = sdkClient(endpoint);
  const stop = async (): Promise<void> => {
    client.destroy();
    await dev.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, dev, client, functionUrl, stop };
}
