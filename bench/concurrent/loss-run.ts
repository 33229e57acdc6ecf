// One runtime under the script of losses: 64 events out at all times, some of which take their
// thread down. What was answered, with what, and what was parked and running all the while.
import { setTimeout as delay } from 'node:timers/promises';
import { ConcurrentServer } from '../support/concurrent-server.ts';
import { nowUs } from '../support/loop-run.ts';
import { readProcessStats } from '../support/process-stats.ts';
import type { Variant } from '../support/variants.ts';
import { CapacityMeter } from './capacity-meter.ts';
import { type SpawnedRuntime, spawnRuntime, untilReady } from './concurrent-process.ts';
import { Ledger } from './ledger.ts';
import type { LossMark, LossPlan, LossRun, LossSample } from './loss-record.ts';
import { LossScript } from './loss-script.ts';

const SAMPLE_MS = 10;
/** An answer is awaited for that much longer than the deadline: the runtime has a clock too. */
const GRACE_MS = 1000;
/** Without a poll and an answer for that long beyond a deadline, nothing polls any more. */
const HANG_MS = 2000;
const SETTLE_MS_MAX = 2000;
const MEMORY_EVERY_SAMPLES = 100;

export async function runLosses(node: string, variant: Variant, plan: LossPlan): Promise<LossRun> {
  const server = await ConcurrentServer.listen();
  try {
    return await new Losses(node, variant, plan, server).run();
  } finally {
    server.close();
  }
}

class Losses {
  readonly #node: string;
  readonly #variant: Variant;
  readonly #plan: LossPlan;
  readonly #server: ConcurrentServer;
  readonly #ledger = new Ledger();
  readonly #script: LossScript;
  readonly #samples: LossSample[] = [];
  readonly #marks: LossMark[] = [];
  readonly #pids: number[] = [];
  #runtime: SpawnedRuntime;
  #meter: CapacityMeter | undefined;
  #startUs = nowUs();
  /** When the runtime last polled or answered. */
  #lastSignMs = 0;
  #hasEnded = false;
  /** How it ended, with the last of what it wrote. */
  #lastEnd = '';
  #isHung = false;
  #ends = 0;
  #hangs = 0;
  #rssMbMost = 0;
  #isSending = true;

  constructor(node: string, variant: Variant, plan: LossPlan, server: ConcurrentServer) {
    this.#node = node;
    this.#variant = variant;
    this.#plan = plan;
    this.#server = server;
    this.#script = new LossScript(plan);
    server.deadlineMs = plan.deadlineMs;
    this.#runtime = this.#spawn();
  }

  async run(): Promise<LossRun> {
    const server = this.#server;
    try {
      await Promise.race([
        untilReady(server, this.#runtime.pid),
        server.failed,
        this.#failAtStart(),
      ]);
      this.#begin();
      while (this.#isSending || server.running > 0 || this.#isDraining()) {
        await Promise.race([delay(SAMPLE_MS), server.failed]);
        this.#look();
      }
      await this.#untilParked();
      return this.#result();
    } finally {
      await this.#runtime.kill();
    }
  }

  /** Only while the start is awaited: later ends are what is measured. */
  async #failAtStart(): Promise<never> {
    const how = await this.#runtime.ended;
    throw new Error(`Cannot measure "${this.#variant.title}": it ended with ${how}`);
  }

  #begin(): void {
    const server = this.#server;
    this.#startUs = nowUs();
    const meter = new CapacityMeter(this.#plan.lanes, server.parkedConnections);
    this.#meter = meter;
    server.onCapacity = (change, connection) => {
      const atMs = this.#nowMs();
      if (change === 'polled' || change === 'answered' || change === 'failed') {
        this.#lastSignMs = atMs;
      }
      meter.change(change, connection, atMs);
    };
    server.onClosed = (connection) => meter.closed(connection, this.#nowMs());
    server.onAnswer = (answer) => {
      this.#ledger.answered(answer);
      this.#sendNext();
    };
    for (let at = 0; at < this.#plan.lanes; at += 1) this.#send();
  }

  #sendNext(): void {
    if (this.#plan.thinkMs === 0) this.#send();
    else setTimeout(() => this.#send(), this.#plan.thinkMs);
  }

  #send(): void {
    if (!this.#isSending) return;
    const { way, event } = this.#script.next(this.#nowMs());
    const id = this.#server.push(event);
    this.#ledger.sent(id, way);
    if (way !== undefined) this.#marks.push({ atMs: this.#nowMs(), what: way });
  }

  /** What is done every SAMPLE_MS. */
  #look(): void {
    const { parked, running } = this.#server;
    const atMs = this.#nowMs();
    if (atMs >= this.#plan.forMs) this.#isSending = false;
    if (this.#isSending) {
      const highest = this.#meter?.takeHighest() ?? 0;
      this.#samples.push({ atMs, parked, running, highest });
      if (this.#samples.length % MEMORY_EVERY_SAMPLES === 0) this.#readMemory();
    }
    const overdueUs = nowUs() - (this.#plan.deadlineMs + GRACE_MS) * 1000;
    this.#giveUp((sentUs) => this.#hasEnded || sentUs < overdueUs);
    if (!this.#isSending) return;
    if (this.#hasEnded) this.#startAgain();
    else if (this.#isSilent(atMs)) {
      this.#hangs += 1;
      this.#isHung = true;
      this.#marks.push({ atMs, what: 'hung' });
      this.#lastSignMs = atMs;
      void this.#runtime.kill();
    }
  }

  #giveUp(isLost: (sentUs: number) => boolean): void {
    const givenUpMs = this.#nowMs();
    for (const { id, sentUs } of [...this.#server.runningEvents()]) {
      // The first that went out is the first that is overdue.
      if (!isLost(sentUs)) return;
      this.#server.giveUp(id);
      this.#ledger.givenUp(id, { sentMs: (sentUs - this.#startUs) / 1000, givenUpMs });
      this.#sendNext();
    }
  }

  #spawn(): SpawnedRuntime {
    const runtime = spawnRuntime(this.#node, this.#variant, this.#server);
    this.#pids.push(runtime.pid);
    this.#hasEnded = false;
    void runtime.ended.then((how) => {
      this.#hasEnded = true;
      this.#lastEnd = how;
    });
    return runtime;
  }

  #startAgain(): void {
    const atMs = this.#nowMs();
    if (!this.#isHung) {
      this.#ends += 1;
      process.stderr.write(`It ended with ${this.#lastEnd}\n`);
      this.#marks.push({ atMs, what: 'ended' });
    }
    this.#isHung = false;
    this.#runtime = this.#spawn();
    this.#lastSignMs = atMs;
    this.#marks.push({ atMs, what: 'started' });
  }

  #isSilent(atMs: number): boolean {
    const silentMs = atMs - this.#lastSignMs;
    return this.#server.parked === 0 && silentMs > this.#plan.deadlineMs + HANG_MS;
  }

  /** Whether events that still wait may yet go out. */
  #isDraining(): boolean {
    return this.#server.queued > 0 && !this.#hasEnded && !this.#isSilent(this.#nowMs());
  }

  /** Gives the last replacements the time that any loss has. */
  async #untilParked(): Promise<void> {
    const untilMs = this.#nowMs() + SETTLE_MS_MAX;
    while (this.#server.parked < this.#plan.lanes && this.#nowMs() < untilMs) {
      await delay(SAMPLE_MS);
    }
    this.#meter?.close(this.#nowMs());
  }

  #readMemory(): void {
    try {
      const { rssKb } = readProcessStats(this.#runtime.pid);
      this.#rssMbMost = Math.max(this.#rssMbMost, rssKb / 1024);
    } catch {
      // It has just ended: the next process is looked at instead.
    }
  }

  #nowMs(): number {
    return (nowUs() - this.#startUs) / 1000;
  }

  #result(): LossRun {
    const { counts, parked } = this.#server;
    return {
      forMs: this.#plan.forMs,
      handedOut: counts.handedOut,
      outcomes: this.#ledger.outcomes,
      latencyMs: this.#ledger.latencyMs,
      counts: { ...counts },
      pids: this.#pids,
      ends: this.#ends,
      hangs: this.#hangs,
      lostMs: this.#meter?.lostMs ?? [],
      slowMs: this.#meter?.slowMs ?? [],
      lanesMissing: this.#meter?.missing(this.#nowMs()) ?? 0,
      dips: this.#meter?.dips ?? [],
      parkedAtEnd: parked,
      rssMbMost: this.#rssMbMost,
      samples: this.#samples,
      marks: this.#marks,
      lost: this.#ledger.lost,
    };
  }
}
