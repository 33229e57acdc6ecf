// `bulkhead bench`: the bench is not part of the npm package, only of a checkout.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT, type ExitCode } from './cli-error.ts';
import { packageRoot } from './package-root.ts';

/**
 * Runs the bench of the checkout with these arguments.
 *
 * @throws CliError when this is not a checkout.
 */
export async function runBench(args: readonly string[]): Promise<ExitCode> {
  const script = join(packageRoot(), 'bench', 'run.ts');
  if (!existsSync(script)) {
    throw new CliError(
      EXIT.environment,
      'Cannot run "bulkhead bench": the bench is not in the npm package; ' +
        'in a checkout of Bulkhead run "npm ci" and "npm run bench"',
    );
  }
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  return exitCode === 0 ? EXIT.success : EXIT.functionFailed;
}
