// Installs what the benches need into bench/node_modules: the packages of the handler that loads
// AWS SDK clients, and aws-lambda-ric, which is built as a release build and proved to be one.
// Its own install script names no CMake build type, which means no optimiser and live asserts:
// a reference built like that would flatter everything that is compared with it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  type ReferenceBuild,
  referenceBuildPath,
  referenceDirectory,
  referenceProblem,
} from './support/reference.ts';

const TOOLS = ['cmake', 'g++', 'make', 'tar', 'xz', 'python3'];
const LOG_BYTES_MAX = 64 * 1024 * 1024;
const logPath = join(import.meta.dirname, 'node_modules/reference-build.log');

await main();

async function main(): Promise<void> {
  const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing.length > 0) fail(`Cannot build "aws-lambda-ric": ${missing.join(', ')} not found`);
  const nodeRoot = headersRoot();
  process.stdout.write(`Building aws-lambda-ric with the headers of Node ${process.version}\n`);
  const log = await install(nodeRoot);
  const build = describeBuild(log);
  const problem = buildProblem(build);
  if (problem !== undefined) fail(problem);
  writeFileSync(referenceBuildPath, `${JSON.stringify(build, null, 2)}\n`);
  const installed = referenceProblem();
  if (installed !== undefined) fail(installed);
  process.stdout.write(`${JSON.stringify(build, null, 2)}\n`);
}

/** The folder above `include/node` that belongs to the Node which runs this file. */
function headersRoot(): string {
  const root = resolve(import.meta.dirname, '..');
  const perPlatform = `node-${process.platform}-${process.arch}`;
  const candidates = [
    resolve(dirname(process.execPath), '..'),
    join(root, 'node_modules/node/node_modules', perPlatform),
    join(root, 'node_modules', perPlatform),
  ];
  const major = process.versions.node.split('.', 1)[0];
  const found = candidates.find((candidate) => {
    const header = join(candidate, 'include/node/node_version.h');
    return existsSync(header) && majorOf(readFileSync(header, 'utf8')) === major;
  });
  return found ?? fail(`Cannot find the headers of Node ${process.version}: run npm ci first`);
}

function majorOf(header: string): string | undefined {
  return /#define NODE_MAJOR_VERSION (\d+)/.exec(header)?.[1];
}

/** Runs `npm ci` in bench/ on this Node; returns everything that the compilers were told. */
function install(nodeRoot: string): Promise<string> {
  const npm = process.env['npm_execpath'];
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const child = spawn(command, [...first, 'ci', '--foreground-scripts', '--loglevel=warn'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      npm_config_nodedir: nodeRoot,
      CMAKE_BUILD_TYPE: 'Release',
      // For the addon: node-gyp optimises by itself, but leaves the asserts in.
      CXXFLAGS: '-O3 -DNDEBUG',
      // Both make each make print its whole command lines, which is what is checked below.
      VERBOSE: '1',
      V: '1',
    },
  });
  const pieces: Buffer[] = [];
  let bytes = 0;
  const keep = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes <= LOG_BYTES_MAX) pieces.push(piece);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolveLog) => {
    child.once('error', (error) => fail(`Cannot run npm: ${error.message}`));
    child.once('close', (code) => {
      const log = Buffer.concat(pieces).toString('utf8');
      writeFileSync(logPath, log);
      if (code !== 0)
        fail(`${log.slice(-4000)}\nCannot build "aws-lambda-ric": npm exited ${code}`);
      resolveLog(log);
    });
  });
}

function describeBuild(log: string): ReferenceBuild {
  const lines = log.split('\n');
  const manifest = readFileSync(join(referenceDirectory, 'package.json'), 'utf8');
  return {
    version: /"version": "([^"]+)"/.exec(manifest)?.[1] ?? 'unknown',
    cmakeBuildType: 'Release',
    runtimeFlags: flagsOf(lines, /-c \S*src\/runtime\.cpp(\s|$)/),
    addonFlags: flagsOf(lines, /-o \S*rapid-client\.o /),
    curlFlags: flagsOf(lines, /-c \S*transfer\.c(\s|$)/),
    compiler: firstLine('g++'),
    cmake: firstLine('cmake'),
    nodeHeaders: process.version,
  };
}

/** The optimiser and assert switches of the compile line that `source` matches. */
function flagsOf(lines: readonly string[], source: RegExp): string {
  const line = lines.find((candidate) => source.test(candidate)) ?? '';
  const flags = line.split(/\s+/).filter((word) => /^(-O.*|-DNDEBUG|-flto.*|-g\d?)$/.test(word));
  return [...new Set(flags)].join(' ');
}

function buildProblem(build: ReferenceBuild): string | undefined {
  const { runtimeFlags, addonFlags, curlFlags } = build;
  if (!/-O[23]/.test(runtimeFlags) || !runtimeFlags.includes('-DNDEBUG')) {
    return `Cannot use this aws-lambda-cpp as a release build: flags "${runtimeFlags}"`;
  }
  if (!/-O[23]/.test(addonFlags) || !addonFlags.includes('-DNDEBUG')) {
    return `Cannot use this native client as a release build: flags "${addonFlags}"`;
  }
  if (!/-O[23]/.test(curlFlags)) {
    return `Cannot use this libcurl as a release build: flags "${curlFlags}"`;
  }
  return undefined;
}

function firstLine(tool: string): string {
  return spawnSync(tool, ['--version'], { encoding: 'utf8' }).stdout.split('\n', 1)[0] ?? '';
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
