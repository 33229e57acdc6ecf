// Loads the one class of undici that the Runtime API needs, and no more of the package than that.
// The whole package brings fetch, WebSocket, caches and mocks, and even the client alone its
// HTTP/2 half, which loads node:http2; the Runtime API is HTTP/1.1. What that saves at each cold
// start is in docs/adr/0004-undici-client-only.md.
import { createRequire } from 'node:module';
import type { Client as UndiciClient } from 'undici';

const require = createRequire(import.meta.url);

function loadClient(): typeof UndiciClient {
  const http2 = require.resolve('undici/lib/dispatcher/client-h2.js');
  const isLoaded = require.cache[http2] !== undefined;
  if (!isLoaded) require.cache[http2] = { exports: refuse } as unknown as NodeModule;
  const client = require('undici/lib/dispatcher/client.js') as typeof UndiciClient;
  // Nobody else in this process finds the stand-in when asking for the real one.
  if (!isLoaded) delete require.cache[http2];
  return client;
}

/** Stands where undici expects its HTTP/2 connector; `allowH2: false` keeps it uncalled. */
function refuse(): never {
  throw new Error('Cannot speak HTTP/2: the Runtime API client has left it out');
}

export const Client: typeof UndiciClient = loadClient();
