// Where the handlers of a test wait, each with a request of its own, until the test lets them go:
// who waits here is running, and who has lost its thread is here no more.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Arrival = {
  readonly requestId: string;
  readonly threadId: number;
};

type Guest = Arrival & { readonly response: ServerResponse };

export class Gate {
  readonly #server: Server;
  readonly #guests = new Map<string, Guest>();
  readonly #waiters = new Set<() => void>();

  private constructor() {
    this.#server = createServer((request, response) => {
      const [, threadId, requestId = ''] = (request.url ?? '').split('/');
      this.#guests.set(requestId, { requestId, threadId: Number(threadId), response });
      response.once('close', () => {
        this.#guests.delete(requestId);
        this.#wake();
      });
      this.#wake();
    });
  }

  static async open(): Promise<Gate> {
    const gate = new Gate();
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Those that wait now, in the order of their arrival. */
  get waiting(): readonly Arrival[] {
    return [...this.#guests.values()].map(({ requestId, threadId }) => ({ requestId, threadId }));
  }

  async whenWaiting(count: number): Promise<readonly Arrival[]> {
    await this.#until(() => this.#guests.size === count);
    return this.waiting;
  }

  async whenHere(requestId: string): Promise<Arrival> {
    await this.#until(() => this.#guests.has(requestId));
    return this.#guests.get(requestId) as Arrival;
  }

  /** `way`: what the handler does then. */
  letGo(requestId: string, way: string = 'answers'): void {
    const guest = this.#guests.get(requestId);
    if (guest === undefined) throw new Error(`Cannot let ${requestId} go on: it is not here`);
    guest.response.end(way);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.add(resolve);
      await promise;
    }
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}
