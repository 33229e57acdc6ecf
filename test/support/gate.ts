// Where the invocations of a test wait, each under a name, until the test lets them go on: they
// come over HTTP, so that it does not matter in which thread or process they are.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export type Arrival = { readonly name: string; readonly threadId: number };

type Place = {
  readonly arrivals: Arrival[];
  readonly waiting: ServerResponse[];
  readonly waiters: (() => void)[];
  isOpen: boolean;
};

export class Gate {
  /** `host:port` */
  readonly address: string;
  readonly #places: Map<string, Place>;

  private constructor(address: string, places: Map<string, Place>) {
    this.address = address;
    this.#places = places;
  }

  static async start(context: TestContext): Promise<Gate> {
    const places = new Map<string, Place>();
    const server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://gate');
      const name = decodeURIComponent(pathname.slice(1));
      const place = placeOf(places, name);
      // Whoever dies while it waits does not come back.
      response.on('error', () => {});
      if (place.isOpen) response.end();
      else place.waiting.push(response);
      place.arrivals.push({ name, threadId: Number(searchParams.get('thread')) });
      for (const wake of place.waiters.splice(0)) wake();
    });
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4000 });
    await once(server, 'listening');
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return new Gate(`127.0.0.1:${(server.address() as AddressInfo).port}`, places);
  }

  /** Of all who came under that name. */
  arrivals(name: string): readonly Arrival[] {
    return placeOf(this.#places, name).arrivals;
  }

  /** Resolves when somebody has come under that name for the `nth` time. */
  async arrived(name: string, nth = 1): Promise<Arrival> {
    const place = placeOf(this.#places, name);
    while (place.arrivals.length < nth) {
      await new Promise<void>((resolve) => place.waiters.push(resolve));
    }
    const arrival = place.arrivals[nth - 1];
    assert(arrival !== undefined, 'it has come');
    return arrival;
  }

  /** Lets go on who waits there now; who comes later waits. */
  pass(name: string): void {
    for (const response of placeOf(this.#places, name).waiting.splice(0)) response.end();
  }

  /** Lets all go on, those who come later as well. */
  open(name: string): void {
    placeOf(this.#places, name).isOpen = true;
    this.pass(name);
  }
}

function placeOf(places: Map<string, Place>, name: string): Place {
  const place = places.get(name) ?? { arrivals: [], waiting: [], waiters: [], isOpen: false };
  places.set(name, place);
  return place;
}
