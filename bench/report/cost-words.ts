// The sentences around the figures: where they come from, and why the server may be believed.
import type { MetricName } from '../cost/metrics.ts';
import type { BenchResult, VariantResult } from '../cost/result.ts';

const KILOBYTE = 1024;
const SAMPLES_MIN = 2000;

export function sizeText(bytes: number): string {
  if (bytes < KILOBYTE) return `${bytes} B`;
  if (bytes < KILOBYTE * KILOBYTE) return `${Math.round(bytes / KILOBYTE)} KB`;
  return `${Math.round(bytes / KILOBYTE / KILOBYTE)} MB`;
}

/** The quantile far out that the samples of all rounds together can still tell. */
export function tailOf(result: BenchResult, at: number): { metric: MetricName; label: string } {
  const invocations = result.parameters.loops[at]?.invocations ?? 0;
  return invocations * result.parameters.rounds >= SAMPLES_MIN
    ? { metric: 'loopP999', label: 'p99.9' }
    : { metric: 'loopP90', label: 'p90' };
}

export function originLines(result: BenchResult): string[] {
  const { origin, parameters, referenceBuild, reference, variants } = result;
  const { machine } = origin;
  const title = variants.find((variant) => variant.name === reference)?.title ?? reference;
  const changed = origin.isModified ? ', with changes' : '';
  const loops = parameters.loops
    .map((loop) => `${loop.invocations} of ${sizeText(loop.payloadBytes)}`)
    .join(', ');
  return [
    `Bulkhead ${origin.bulkhead} at ${origin.commit}${changed}, Node ${origin.node}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB, ${machine.system}, ` +
      `load ${machine.load.toFixed(1)} at the start`,
    `${parameters.coldStarts} cold starts (${parameters.sdkStarts} with AWS SDK clients); ` +
      `${parameters.rounds} rounds of warm loops (${loops}), ` +
      'variants interleaved, the order turned by one each round',
    `Ratios: medians over rounds, to ${title}, with the 95 % bootstrap interval`,
    ...(referenceBuild === null ? [] : [referenceLine(referenceBuild)]),
    ...result.missing,
  ];
}

function referenceLine(build: NonNullable<BenchResult['referenceBuild']>): string {
  return (
    `Reference build: ${build.cmakeBuildType}, aws-lambda-cpp ${build.runtimeFlags}, ` +
    `addon ${build.addonFlags}, libcurl ${build.curlFlags}, ${build.compiler}`
  );
}

/** Says how far the server and the sockets alone are below the fastest runtime. */
export function floorNote(result: BenchResult): string[] {
  const floor = result.variants.find((variant) => variant.name === 'floor');
  const runtimes = result.variants.filter((variant) => !variant.name.startsWith('floor'));
  if (floor === undefined || runtimes.length === 0) return [];
  const lines = floor.loops.map((loop, at) => {
    const fastest = runtimes.reduce((best, one) => (p50At(one, at) < p50At(best, at) ? one : best));
    const share = (100 * loop.loopUs.p50) / p50At(fastest, at);
    return (
      `- ${sizeText(loop.payloadBytes)}: floor ${loop.loopUs.p50.toFixed(0)} us, ` +
      `${share.toFixed(0)} % of the loop of the fastest (${fastest.title}, ` +
      `${p50At(fastest, at).toFixed(0)} us); the server's own work ` +
      `${loop.serverUs.p50.toFixed(0)} us per invocation, part of it outside the loop`
    );
  });
  return [
    'Is the server the bottleneck? The floor is a client that sends each event back unread on ' +
      'one connection, answer and next poll in one write, measured in the same rounds on the ' +
      'same server:',
    '',
    ...lines,
  ];
}

function p50At(variant: VariantResult, at: number): number {
  return variant.loops[at]?.loopUs.p50 ?? Number.POSITIVE_INFINITY;
}
