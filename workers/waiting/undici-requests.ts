// Which HTTP requests `fetch` and undici have under way on a socket. Both keep that to themselves,
// under symbols of known names, and before the connection is there in closures.
import { isObject, ownValue, ownValueBySymbol } from './own-data.ts';
import type { ThreadInspector } from './thread-inspector.ts';

/** Those that are sent and not answered in whole; for a socket that is being connected, those that
 * wait for it. */
export function undiciRequests(
  socket: object,
  inspector: ThreadInspector | undefined,
): readonly object[] {
  const client = ownValueBySymbol(socket, 'client') ?? ownValueBySymbol(socket, 'undici.client');
  if (client !== undefined) {
    const queue = queueOf(client);
    const first = Number(ownValueBySymbol(client, 'running index') ?? 0);
    return queue.slice(first, Number(ownValueBySymbol(client, 'pending index') ?? queue.length));
  }
  const [waiting] = inspector === undefined ? [] : clientsOf(socket, inspector);
  return queueOf(waiting);
}

/** undici's connector listens for the connection, and calls back into the client. */
function clientsOf(socket: object, inspector: ThreadInspector): readonly object[] {
  const events = ownValue(socket, '_events');
  const listeners = ['secureConnect', 'connect']
    .map((name) => ownValue(events, name))
    // What `once` has made of it knows the listener itself.
    .map((listener) => ownValue(listener, 'listener') ?? listener)
    .filter(isObject);
  const callbacks = variables(listeners, 'callback', inspector);
  return variables(callbacks, 'client', inspector);
}

/** The objects that these functions know by that name. */
function variables(
  functions: readonly object[],
  name: string,
  inspector: ThreadInspector,
): readonly object[] {
  if (functions.length === 0) return [];
  return inspector
    .heldBy(functions)
    .flat()
    .map((scope) => ownValue(scope, name))
    .filter(isObject);
}

function queueOf(client: unknown): readonly object[] {
  const queue = ownValueBySymbol(client, 'queue');
  return Array.isArray(queue) ? queue.filter(isObject) : [];
}
