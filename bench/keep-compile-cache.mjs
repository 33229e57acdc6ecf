// Preloaded into the reference client while its compile cache is made: Node.js writes the cache
// when it is told to. The process cannot just end, its native client would wait for an event.
import { flushCompileCache } from 'node:module';

process.on('SIGTERM', () => {
  flushCompileCache();
  process.kill(process.pid, 'SIGKILL');
});
