// What can be told of a thing that a thread waits for: where a socket leads to, which request is
// on it, which program a child process runs.
import { isObject, ownValue, ownValueBySymbol } from './own-data.ts';
import type { ThreadInspector } from './thread-inspector.ts';
import { undiciRequests } from './undici-requests.ts';

export type Detail = {
  /** As `process.getActiveResourcesInfo` names it. */
  readonly type: string;
  /** Undefined: there is nothing to tell. */
  readonly text: string | undefined;
  /** The object that will call back, and what is nearer to it than the thing itself. */
  readonly roots: readonly object[];
};

/** Of a handle's class in Node to the type that is listed. */
const TYPES: Readonly<Record<string, string>> = {
  TCP: 'TCPSocketWrap',
  TLSWrap: 'TCPSocketWrap',
  Pipe: 'PipeWrap',
  TTY: 'TTYWrap',
  UDP: 'UDPWrap',
  Process: 'ProcessWrap',
  FSEvent: 'FSEventWrap',
  StatWatcher: 'StatWatcher',
  TCPConnectWrap: 'ConnectWrap',
  PipeConnectWrap: 'ConnectWrap',
};
const TEXT_CHARS_MAX = 200;

/** One of `process._getActiveHandles()` or `process._getActiveRequests()`. Never throws. */
export function detailOf(thing: object, inspector: ThreadInspector | undefined): Detail {
  const type = typeOf(thing);
  try {
    if (type === 'ConnectWrap') return plain(thing, type, endpoint(thing, 'address', 'port'));
    const port = listeningPort(thing);
    if (port !== undefined) {
      return plain(thing, type.replace('Socket', 'Server'), `listening on ${port}`);
    }
    if (type === 'ProcessWrap') return plain(thing, type, childProcess(thing));
    if (type === 'TCPSocketWrap') return socket(thing, type, inspector);
    const name = toText(ownValue(thing, 'hostname')) ?? toText(ownValue(thing, 'path'));
    return plain(thing, type, name);
  } catch {
    return plain(thing, type, undefined);
  }
}

function typeOf(thing: object): string {
  const handle = ownValue(thing, '_handle') ?? ownValueBySymbol(thing, 'kHandle');
  const name = className(handle) ?? className(thing) ?? '';
  // A socket without a handle of its own is one of node:dgram.
  return TYPES[name] ?? (name === 'Socket' ? 'UDPWrap' : name);
}

function plain(thing: object, type: string, text: string | undefined): Detail {
  return { type, text: text?.slice(0, TEXT_CHARS_MAX), roots: [thing] };
}

function socket(thing: object, type: string, inspector: ThreadInspector | undefined): Detail {
  const remote = endpoint(thing, 'remoteAddress', 'remotePort');
  const message = ownValue(thing, '_httpMessage');
  const byHttp = clientRequest(message);
  if (byHttp !== undefined && isObject(message)) {
    const text = withRemote(byHttp, remote);
    return { ...plain(thing, type, text), roots: [message, thing] };
  }
  const requests = undiciRequests(thing, inspector);
  if (requests.length > 0) {
    const text = requests.flatMap(undiciRequest).join(', ');
    return { ...plain(thing, type, withRemote(text, remote)), roots: [...requests, thing] };
  }
  const host = toText(ownValue(thing, '_host'));
  return plain(thing, type, remote ?? (host === undefined ? undefined : `connecting to ${host}`));
}

/** A request of `node:http` or `node:https`; an answer of a server's has no method. */
function clientRequest(message: unknown): string | undefined {
  const method = toText(ownValue(message, 'method'));
  const host = toText(ownValue(message, 'host'));
  if (method === undefined || host === undefined) return undefined;
  const protocol = toText(ownValue(message, 'protocol')) ?? 'http:';
  return `${method} ${protocol}//${host}${toPath((message as { path?: unknown }).path)}`;
}

function undiciRequest(request: object): readonly string[] {
  const method = toText(ownValue(request, 'method'));
  const origin = toText(ownValue(request, 'origin')) ?? toText(ownValue(request, 'host')) ?? '';
  if (method === undefined) return [];
  return [`${method} ${origin}${toPath(ownValue(request, 'path'))}`];
}

/** What comes after the path may be secret. */
function toPath(path: unknown): string {
  return toText(path)?.split(/[?#]/, 1)[0] ?? '';
}

function withRemote(text: string, remote: string | undefined): string {
  return remote === undefined || text.includes(remote) ? text : `${text} (${remote})`;
}

/** Some are getters of Node's own classes. */
function endpoint(thing: object, address: string, port: string): string | undefined {
  const values = thing as Readonly<Record<string, unknown>>;
  const host = toText(values[address]);
  if (host === undefined) return undefined;
  return `${host.includes(':') ? `[${host}]` : host}:${values[port]}`;
}

function listeningPort(thing: object): unknown {
  const { listening, address } = thing as { listening?: unknown; address?: unknown };
  if (listening !== true || typeof address !== 'function') return undefined;
  const bound: unknown = address.call(thing);
  return typeof bound === 'string' ? bound : (bound as { port?: unknown } | null)?.port;
}

function childProcess(thing: object): string | undefined {
  const file = toText(ownValue(thing, 'spawnfile'));
  return file === undefined ? undefined : `${file} (pid ${String(ownValue(thing, 'pid'))})`;
}

function className(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const maker = ownValue(Reflect.getPrototypeOf(value), 'constructor');
  return toText(ownValue(maker, 'name'));
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
