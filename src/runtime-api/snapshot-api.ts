// SnapStart's two requests (contract, section 3.3), each on a connection of its own: none that was
// open in the snapshot is used again.
import { RuntimeError } from '../core/errors.ts';
import { CONNECT_ATTEMPTS_MAX, CONNECT_BACKOFF_MS, INIT_ERROR_MS_MAX } from '../core/limits.ts';
import type { Cancel, Clock, SnapshotApi } from '../core/ports.ts';
import { RESTORE_ERROR_PATH, RESTORE_NEXT_PATH, STATUS } from '../core/runtime-api-spec.ts';
import type { RuntimeApiMoment } from '../core/telemetry-port.ts';
import { parseApiAddress } from './address.ts';
import { transportTo } from './open-transport.ts';
import { describe, text } from './reply-text.ts';
import { toErrorRequest } from './requests.ts';
import type { Reply, RequestParts, Transport } from './transport.ts';

export type SnapshotApiOptions = {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly onMoment: (moment: RuntimeApiMoment) => void;
};

/** @throws RuntimeError `Runtime.InvalidRuntimeApi` when the address cannot be read. */
export async function createSnapshotApi(
  address: string,
  options: SnapshotApiOptions,
): Promise<SnapshotApi> {
  const open = await transportTo(parseApiAddress(address));
  return toSnapshotApi(() => open({ pipelining: false }), options);
}

export function toSnapshotApi(
  open: () => Transport,
  { clock, userAgent, onMoment }: SnapshotApiOptions,
): SnapshotApi {
  let current: Transport | undefined;
  let isClosed = false;

  const exchange = async (parts: RequestParts, onSent?: () => void): Promise<Reply> => {
    const connection = open();
    current = connection;
    try {
      return await connection.exchange(parts, onSent);
    } finally {
      current = undefined;
      await connection.close();
    }
  };

  /** Once it has been sent it is not sent again: the platform takes it once. */
  const park = async (): Promise<Reply> => {
    const headers = ['user-agent', userAgent];
    for (let attempt = 1; ; attempt += 1) {
      let isSent = false;
      const onSent = (): void => {
        isSent = true;
      };
      try {
        return await exchange({ method: 'GET', path: RESTORE_NEXT_PATH, headers }, onSent);
      } catch (cause) {
        if (isClosed || isSent || attempt >= CONNECT_ATTEMPTS_MAX) throw lost(cause);
        const { promise, resolve } = Promise.withResolvers<void>();
        clock.scheduleAt(clock.nowEpochMs() + CONNECT_BACKOFF_MS * 2 ** (attempt - 1), resolve);
        await promise;
      }
    }
  };

  return {
    async untilRestored() {
      const reply = await park();
      if (reply.status !== STATUS.ok) throw refused(reply);
    },
    async restoreError(error, headerType) {
      const request = toErrorRequest(RESTORE_ERROR_PATH, [], { error, headerType });
      const tell = (detail: string): void => onMoment({ event: 'init_error_failed', detail });
      try {
        const reply = await within(clock, INIT_ERROR_MS_MAX, exchange(request));
        if (reply.status === STATUS.accepted) return;
        tell(`POST ${RESTORE_ERROR_PATH} was answered ${describe(reply)}`);
      } catch (cause) {
        tell(`POST ${RESTORE_ERROR_PATH} got no reply: ${text(cause)}`);
      }
    },
    async close() {
      isClosed = true;
      await current?.close();
    },
  };
}

function lost(cause: unknown): RuntimeError {
  return new RuntimeError(
    'Runtime.ApiUnreachable',
    `Cannot wait for the restore: GET ${RESTORE_NEXT_PATH} got no reply: ${text(cause)}`,
    { cause },
  );
}

function refused(reply: Reply): RuntimeError {
  return new RuntimeError(
    reply.status === STATUS.forbidden ? 'Runtime.IllegalStateTransition' : 'Runtime.ApiFailure',
    `Cannot wait for the restore: GET ${RESTORE_NEXT_PATH} was answered ${describe(reply)}`,
  );
}

async function within<T>(clock: Clock, ms: number, event: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel: Cancel = clock.scheduleAt(clock.nowEpochMs() + ms, () => {
    reject(new Error(`${ms} ms have passed`));
  });
  try {
    return await Promise.race([event, promise]);
  } finally {
    cancel();
  }
}
