// A view of the file system in which a program finds what AWS's emulator looks for at fixed places:
// a mount namespace that ends with the program, and leaves the machine as it was.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Namespace = {
  /** Program and arguments that enter one; a command follows. */
  readonly enter: readonly [string, ...string[]];
};

export type NoNamespace = {
  /** A sentence. */
  readonly why: string;
  /** This user should be able to have one. */
  readonly isSurprising: boolean;
};

/** Whom AWS's emulator starts the runtime as. */
export const RUNTIME_USER = { uid: 993, gid: 990 } as const;

/** Root has the right to mount; others may have it among users of their own. */
const WAYS: readonly (readonly [string, ...string[]])[] = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--map-auto', '--mount'],
];
const AS_RUNTIME = `setpriv --reuid=${RUNTIME_USER.uid} --regid=${RUNTIME_USER.gid} --clear-groups`;
const TRIAL = `mount -t tmpfs trial /var && ${AS_RUNTIME} true`;
const MOUNT_RIGHT = 21n;

/**
 * Lays these out in `/var` and becomes the command that follows: `task` and `runtime` as on Lambda.
 * $1 an empty folder, $2 the package, $3 the functions' code, $4 Node.js, $5 the program.
 */
export const LAYOUT = `set -eu
stage=$1; package=$2; task=$3; node=$4; program=$5; shift 5
mount -t tmpfs -o mode=755 bulkhead "$stage"
cd "$stage"
mkdir package task runtime tmp
touch node program
mount --bind "$package" package
mount --bind "$task" task
mount --bind "$node" node
mount --bind "$program" program
printf '#!/bin/sh\\nexec /var/node /var/package/dist/src/cli.js start\\n' >runtime/bootstrap
chmod 755 runtime/bootstrap
mount --rbind "$stage" /var
cd /
for path in /var/package/dist/src/cli.js /var/package/node_modules/piscina /var/task; do
  ${AS_RUNTIME} test -r "$path" || {
    echo "Cannot start: user ${RUNTIME_USER.uid}, who the runtime is started as, may not read $path"
    exit 1
  }
done
exec /var/program "$@"
`;

/** Tries what is needed: a mount, and to become another user. */
export function findNamespace(): Namespace | NoNamespace {
  if (process.platform !== 'linux') return toNone(`there are none on ${process.platform}`);
  const reasons: string[] = [];
  for (const enter of WAYS) {
    const [program, ...args] = enter;
    const { status, stderr, error } = spawnSync(program, [...args, 'sh', '-c', TRIAL], {
      encoding: 'utf8',
    });
    if (status === 0) return { enter };
    reasons.push(`"${enter.join(' ')}": ${(error?.message ?? stderr).trim()}`);
  }
  return toNone(reasons.join('; '));
}

function toNone(reason: string): NoNamespace {
  const why =
    'Cannot give aws-lambda-rie a /var/runtime of its own, for which it takes root, or newuidmap ' +
    `and a line in /etc/subuid: ${reason}`;
  return { why, isSurprising: mayMount() };
}

/** Root in a container often has not. */
function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return line?.[1] !== undefined && ((BigInt(`0x${line[1]}`) >> MOUNT_RIGHT) & 1n) === 1n;
}
