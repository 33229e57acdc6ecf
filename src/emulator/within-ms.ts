// Waiting that has an end.
import { setTimeout as sleep } from 'node:timers/promises';

/** @throws Error saying what was waited for, after `ms`. */
export async function withinMs<Value>(
  ms: number,
  what: string,
  wanted: Promise<Value>,
): Promise<Value> {
  const patience = new AbortController();
  const { signal } = patience;
  const expiry = sleep(ms, undefined, { signal }).then(() => {
    throw new Error(`Cannot wait for ${what} any longer: ${ms} ms have passed`);
  });
  // Once the wait is over, the cancelled timer rejects and nobody listens any more.
  expiry.catch(() => {});
  try {
    return await Promise.race([wanted, expiry]);
  } finally {
    patience.abort();
  }
}
