// The guardian's script with a shell script in the place of Node.js: what each life of the process
// does is a fragment of shell that the test writes.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const SCRIPT: string = fileURLToPath(
  new URL('../../../src/guardian/bootstrap.sh', import.meta.url),
);

export type Shell = { readonly name: string; readonly command: readonly [string, ...string[]] };

const busybox = process.env['BUSYBOX'] ?? 'busybox';
const SHELLS: readonly Shell[] = [
  { name: 'sh', command: ['sh'] },
  { name: 'dash', command: ['dash'] },
  { name: 'bash --posix', command: ['bash', '--posix'] },
  { name: 'busybox sh', command: [busybox, 'sh'] },
];

/** Those that this machine has; images differ in what their `sh` is. */
export const shells: readonly Shell[] = SHELLS.filter(({ command: [program, ...args] }) => {
  return spawnSync(program, [...args, '-c', 'exit 7']).status === 7;
});

/**
 * What a fragment can use: `says STATE DETAIL` writes the line of its life, as the runtime does at
 * a fixed place; here it is appended, because all lines before are there. `dies SIGNAL` dies.
 */
const FAKE_NODE = `#!/bin/sh
life=1
while read -r _; do life=$((life + 1)); done <"$LOG"
printf '%s\\t%s\\t%s\\t%s\\n' "$$" "$BULKHEAD_JOURNAL" "$PWD" "$*" >>"$LOG"
rest=\${BULKHEAD_JOURNAL#* }
line=\${rest%% *}
path=\${BULKHEAD_JOURNAL#* * * }
says() { printf '%-31s\\n' "bulkhead $line $1 $2" >>"$path"; }
dies() { kill -s "$1" "$$"; }
if [ -f "$PLAN/$life" ]; then . "$PLAN/$life"; else . "$PLAN/else"; fi
`;

export type LifeLog = {
  readonly pid: number;
  readonly journal: string;
  readonly cwd: string;
  readonly args: readonly string[];
};

export type GuardianEnd = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type GuardianOptions = {
  readonly shell: Shell;
  /** One fragment a life; the last one is for all further lives. */
  readonly lives: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
};

/** A folder with a space in its name, the script as it lies in the package, and the fake. */
export class FakeInstallation {
  readonly folder: string;
  readonly script: string;
  readonly node: string;
  readonly temporary: string;

  readonly #context: TestContext;

  constructor(context: TestContext) {
    this.#context = context;
    this.folder = mkdtempSync(join(tmpdir(), 'bulkhead guardian '));
    context.after(() => rmSync(this.folder, { recursive: true, force: true }));
    this.script = join(this.folder, 'dist/src/guardian/bootstrap.sh');
    this.node = join(this.folder, 'fake node');
    this.temporary = join(this.folder, 'temporary files');
    mkdirSync(dirname(this.script), { recursive: true });
    mkdirSync(this.temporary);
    cpSync(SCRIPT, this.script);
    writeFileSync(join(this.folder, 'dist/src/cli.js'), '');
    writeFileSync(this.node, FAKE_NODE, { mode: 0o755 });
  }

  get log(): readonly LifeLog[] {
    const lines = readFileSync(join(this.folder, 'log'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [pid = '', journal = '', cwd = '', args = ''] = line.split('\t');
      return { pid: Number(pid), journal, cwd, args: args.split(' ') };
    });
  }

  start(options: GuardianOptions, script: string = this.script): ChildProcess {
    const { shell, lives, args = [], env, input = '' } = options;
    const plan = join(this.folder, 'plan');
    rmSync(plan, { recursive: true, force: true });
    mkdirSync(plan);
    for (const [at, life] of lives.entries()) {
      writeFileSync(join(plan, at === lives.length - 1 ? 'else' : String(at + 1)), life);
    }
    writeFileSync(join(this.folder, 'log'), '');
    const [program, ...shellArgs] = shell.command;
    const child = spawn(program, [...shellArgs, script, ...args], {
      cwd: this.folder,
      env: {
        PATH: process.env['PATH'],
        NODE: this.node,
        REAL_NODE: process.execPath,
        TMPDIR: this.temporary,
        LOG: join(this.folder, 'log'),
        PLAN: plan,
        ...env,
      },
      stdio: 'pipe',
      detached: true,
    });
    // Whoever ends without reading it has had no use for it.
    child.stdin?.on('error', () => {}).end(input);
    // A group of its own: a test that fails leaves nothing behind.
    this.#context.after(() => killGroup(child.pid));
    return child;
  }

  async run(options: GuardianOptions, script?: string): Promise<GuardianEnd> {
    return ended(this.start(options, script));
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone, as it should be.
  }
}

export async function ended(child: ChildProcess): Promise<GuardianEnd> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece;
    });
  }
  const [exitCode, signal] = await once(child, 'close');
  return { exitCode, signal, ...text };
}
