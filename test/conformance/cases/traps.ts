// What differs in a thread, and must not be noticed (traps T).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { fails, returns } from '../table/expect.ts';

const two = [{ body: '{"n":1}' }, { body: '{"n":2}' }] as const;
const SECOND = [{}, two[1]] as const;
const COUNT_LOADS = `process.stdout.write('preloaded ' + (process.env.COUNT ?? '') + '\\n');\n`;

export const trapCases: readonly ConformanceCase[] = [
  {
    rows: ['T1'],
    stance: 'M',
    says: 'the working folder is the one that the process was started in',
    code: "async () => process.cwd().split('/').at(-1)",
    kinds: ['esm'],
    cwd: 'elsewhere',
    check: returns('elsewhere'),
  },
  {
    rows: ['T1'],
    stance: 'D',
    says: 'process.chdir() is refused, and the next event is served',
    code: "async (event) => event.n ?? process.chdir('.') ?? 'changed'",
    kinds: ['esm'],
    isAlone: true,
    events: SECOND,
    check: (run) => {
      fails({ errorType: 'TypeError', errorMessage: /chdir/ })(run);
      assert.equal(run.result(1), 2);
    },
  },
  {
    rows: ['T2'],
    stance: 'M',
    needs: 'process',
    says: 'a listener for SIGTERM runs when the environment is told to stop',
    before: "process.on('SIGTERM', () => { console.log('told to stop'); process.exit(0); });",
    code: "async () => { console.log('ready'); return 1; }",
    kinds: ['esm'],
    stopsAfter: /ready/,
    check: (run) => assert.match(run.facts.stdout, /told to stop/),
  },
  {
    rows: ['T3'],
    stance: 'M',
    says: 'process.exit at the load of the module ends the process',
    before: 'process.exit(3);',
    code: '1',
    kinds: ['esm'],
    check: (run) => {
      assert.equal(run.facts.end, 'itself', run.text);
      assert.ok((run.facts.exitCode ?? 0) > 0);
      assert.equal(run.polls, 0);
    },
  },
  {
    rows: ['T4'],
    stance: 'M',
    says: 'what a handler writes to the environment, later events and child processes see',
    code: `async (event) => {
      const { execFileSync } = process.getBuiltinModule('node:child_process');
      if (event.n === 1) process.env.MINE = 'mine';
      return execFileSync('sh', ['-c', 'echo $MINE']).toString();
    }`,
    isAlone: true,
    events: two,
    check: returns('mine\n', 'mine\n'),
  },
  {
    rows: ['T4'],
    stance: 'M',
    says: 'a time zone that is set at the start is the handler’s',
    code: 'async () => new Date(0).getHours()',
    kinds: ['esm'],
    env: { TZ: 'Asia/Tokyo' },
    check: returns(9),
  },
  {
    rows: ['T5', 'T19'],
    stance: 'M',
    says: 'lines come out in the order in which they are written, whatever writes them',
    code: `async () => {
      const { writeSync } = process.getBuiltinModule('node:fs');
      process.stdout.write('one\\n');
      new console.Console({ stdout: process.stdout }).log('two');
      writeSync(process.stdout.fd, 'three\\n');
      writeSync(1, 'four\\n');
    }`,
    isAlone: true,
    check: (run) => assert.deepEqual(run.lines, ['one', 'two', 'three', 'four']),
  },
  {
    rows: ['T6'],
    stance: 'M',
    says: 'stdin is at its end',
    code: 'async () => { let text = ""; for await (const piece of process.stdin) text += piece; return text; }',
    isAlone: true,
    check: returns(''),
  },
  {
    rows: ['T8'],
    stance: 'M',
    says: 'a preload runs once',
    files: {
      'count.cjs': COUNT_LOADS,
      'index.mjs': "export const handler = async () => 'served';\n",
    },
    isGuarded: true,
    args: ['index.handler'],
    env: { NODE_OPTIONS: '--require <task>/count.cjs', COUNT: 'once' },
    check: (run) => {
      returns('served')(run);
      assert.deepEqual(run.lines, ['preloaded once']);
    },
  },
  {
    rows: ['T10'],
    stance: 'M',
    says: 'AsyncLocalStorage reaches through timers, promises and callbacks of one invocation',
    before: `const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
      const storage = new AsyncLocalStorage();`,
    code: `(event) => storage.run(event.n, async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      await new Promise((resolve) => setImmediate(resolve));
      return storage.getStore();
    })`,
    events: two,
    check: returns(1, 2),
  },
  {
    rows: ['T11'],
    stance: 'M',
    needs: 'process',
    says: 'the title of the process can be set, and umask be asked',
    code: "async () => { process.title = 'mine'; return [typeof process.umask(), process.title]; }",
    isAlone: true,
    check: returns(['number', 'mine']),
  },
  {
    rows: ['T12'],
    stance: 'M',
    says: 'junk on the port of the thread disturbs nothing',
    code: `async (event) => {
      const { parentPort } = process.getBuiltinModule('node:worker_threads');
      for (const junk of [null, 1, {}, { kind: 'result' }]) parentPort?.postMessage(junk);
      return event.n;
    }`,
    isAlone: true,
    events: two,
    check: returns(1, 2),
  },
  {
    rows: ['T13'],
    stance: 'M',
    says: 'a handler may start threads',
    code: `async () => {
      const { Worker } = process.getBuiltinModule('node:worker_threads');
      const code = "require('node:worker_threads').parentPort.postMessage('from a thread')";
      const worker = new Worker(code, { eval: true });
      return await new Promise((resolve) => worker.once('message', resolve));
    }`,
    isAlone: true,
    check: returns('from a thread'),
  },
  {
    rows: ['T20'],
    stance: 'M',
    says: 'a preload may put its wrapper in the place of the handler',
    files: {
      'preload.cjs':
        "process.env.WRAPPED ??= process.env._HANDLER; process.env._HANDLER = 'wrapper.handler';\n",
      'wrapper.mjs': 'export const handler = async () => process.env.WRAPPED;\n',
      'index.mjs': "export const handler = async () => 'not wrapped';\n",
    },
    isGuarded: true,
    env: { NODE_OPTIONS: '--require <task>/preload.cjs' },
    check: returns('index.handler'),
  },
  {
    rows: ['T22'],
    stance: 'M',
    says: 'listeners for the exit of the process run when the handler ends it',
    code: `async () => {
      process.on('exit', (code) => { process.stdout.write('flushed ' + code + '\\n'); });
      process.exit(7);
    }`,
    kinds: ['esm'],
    isAlone: true,
    check: (run) => assert.ok(run.lines.includes('flushed 7'), run.text),
  },
];
