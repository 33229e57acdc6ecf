// A journal as the guardian holds it, and what goes into it.
import assert from 'node:assert/strict';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Invocation } from '../../../src/core/invocation.ts';
import { JOURNAL_SETTLE_MS } from '../../../src/core/limits.ts';
import { Journal } from '../../../src/guardian/journal.ts';
import type { JournalAddress } from '../../../src/guardian/journal-address.ts';
import { SimClock, seededRandom } from '../../sim/sim-clock.ts';

/** What the guardian holds: the file, open, from before the first process to after the last. */
export class GuardianFile {
  readonly path: string;
  readonly fd: number;
  readonly clock: SimClock = new SimClock(seededRandom(1));

  constructor(context: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-journal-'));
    this.path = join(folder, 'a journal');
    this.fd = openSync(this.path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
    context.after(() => {
      closeSync(this.fd);
      rmSync(folder, { recursive: true });
    });
  }

  /** A process inherits a descriptor of its own. */
  address(line: number, status: number | undefined): JournalAddress {
    return { fd: openSync(`/dev/fd/${this.fd}`, 'r+'), line, status, path: this.path };
  }

  open(line: number, status?: number, laneCount = 1): Journal {
    const { clock } = this;
    const onFailure = (error: Error): void => assert.fail(error);
    return new Journal(this.address(line, status), { laneCount, clock, onFailure });
  }

  /** Long enough for a lane without an event to be free in the file. */
  async settle(): Promise<void> {
    await this.clock.runUntil(() => false, JOURNAL_SETTLE_MS);
  }

  line(line: number): string {
    const bytes = Buffer.alloc(32);
    readSync(this.fd, bytes, 0, 32, line * 32);
    return bytes.toString().trimEnd();
  }
}

export function invocation(requestId: string, fields: Partial<Invocation> = {}): Invocation {
  return {
    requestId,
    invocationId: undefined,
    deadlineEpochMs: 1234,
    functionArn: 'arn',
    traceId: undefined,
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId: undefined,
    event: new Uint8Array(),
    ...fields,
  };
}
