// The platform's side of the Runtime API in standard mode (contract, section 3.1), in virtual time:
// polls wait in a queue, also those of processes that are dead, which nobody there notices.
import type { Invocation, InvocationKey } from '../../src/core/invocation.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { Receipt, RecoveryApi, RuntimeApi } from '../../src/core/ports.ts';
import type { SimClock } from './sim-clock.ts';

type State = 'Started' | 'Ready' | 'Running' | 'RuntimeResponseSent' | 'InitError';

/** One process: what it does and hears after its death does not happen. */
export type Life = { isDead: boolean };

type Waiter = { readonly life: Life; readonly resolve: (invocation: Invocation) => void };

const NETWORK_MS = 1;

export class SimPlatform {
  readonly answers: { readonly requestId: string; readonly outcome: Outcome }[] = [];
  readonly misuses: string[] = [];
  readonly #clock: SimClock;
  readonly #waiting: Waiter[] = [];
  readonly #events: Invocation[] = [];
  /** Runs when an event is handed out, before the process has it. */
  readonly #onDeliver: (invocation: Invocation, life: Life) => void;
  #state: State = 'Started';
  #current: Invocation | undefined;

  constructor(clock: SimClock, onDeliver: (invocation: Invocation, life: Life) => void) {
    this.#clock = clock;
    this.#onDeliver = onDeliver;
  }

  send(invocation: Invocation): void {
    this.#events.push(invocation);
    this.#deliver();
  }

  /** The connection of a lane. */
  connect(life: Life): RuntimeApi {
    return {
      next: (onSent) => {
        onSent();
        return this.#from(life, () => this.#poll(life));
      },
      respond: (key, outcome, onSent) => {
        onSent?.();
        return this.#from(life, async () => this.#receive(key, outcome));
      },
      openStream: () => {
        throw new Error('nobody streams');
      },
      initError: async () => {
        this.misuses.push('an init error');
      },
      close: async () => {},
    };
  }

  connectRecovery(life: Life): RecoveryApi {
    return {
      answer: (key, outcome) => this.#from(life, async () => this.#receive(key, outcome).status),
      askState: () => this.#from(life, async () => this.#refuseInitError()),
      close: async () => {},
    };
  }

  /** To the platform and back; a process that dies on the way hears nothing. */
  async #from<Result>(life: Life, act: () => Promise<Result>): Promise<Result> {
    await this.#clock.wait(NETWORK_MS);
    // What was written before the death arrives nevertheless.
    const result = await act();
    await this.#clock.wait(NETWORK_MS);
    return life.isDead ? new Promise<Result>(() => {}) : result;
  }

  #poll(life: Life): Promise<Invocation> {
    if (this.#state === 'Running' && this.#current !== undefined) {
      return Promise.resolve(this.#current);
    }
    if (this.#state === 'Ready' && this.#waiting.some((waiter) => !waiter.life.isDead)) {
      this.misuses.push('a second poll');
    }
    this.#state = 'Ready';
    this.#current = undefined;
    return new Promise((resolve) => {
      this.#waiting.push({ life, resolve });
      this.#deliver();
    });
  }

  #deliver(): void {
    if (this.#state !== 'Ready' || this.#waiting.length === 0) return;
    const invocation = this.#events.shift();
    if (invocation === undefined) return;
    const waiter = this.#waiting.shift();
    this.#state = 'Running';
    this.#current = invocation;
    if (waiter === undefined) return;
    this.#onDeliver(invocation, waiter.life);
    waiter.resolve(invocation);
  }

  #receive(key: InvocationKey, outcome: Outcome): Receipt {
    const { requestId } = key;
    if (this.#current?.requestId !== requestId) return { kind: 'refused', status: 400 };
    if (this.#state !== 'Running') return { kind: 'refused', status: 403 };
    this.#state = 'RuntimeResponseSent';
    this.answers.push({ requestId, outcome });
    return { kind: 'accepted', status: 202 };
  }

  #refuseInitError(): string | undefined {
    if (this.#state === 'Started') {
      this.misuses.push('an init error that is taken');
      this.#state = 'InitError';
      return undefined;
    }
    return this.#state;
  }
}
