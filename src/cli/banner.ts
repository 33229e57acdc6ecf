// What `bulkhead dev` says when it is ready: where the function is and the lines to try.
import { shellQuoted } from './shell-quoted.ts';

export type BannerFacts = {
  readonly handler: string;
  readonly name: string;
  /** Base of the Invoke API, such as http://127.0.0.1:9000. */
  readonly url: string;
  /** Such as http://127.0.0.1:9001/; undefined when it is not wanted. */
  readonly functionUrl: string | undefined;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Undefined in standard mode. */
  readonly concurrency: number | undefined;
  readonly watching: 'yes' | 'partly' | 'no';
};

const EVENT = `'{"name":"Ada"}'`;

const WATCHING: { readonly [watching in BannerFacts['watching']]: string } = {
  yes: 'Reloads when a file changes.',
  partly: 'Reloads when a file changes, in the first 1,000 folders only.',
  no: 'Does not reload (--no-watch).',
};

/** The whole banner, with its line feed. */
export function toBanner(facts: BannerFacts): string {
  const { handler, name, url, functionUrl, timeoutMs, memoryMb, concurrency } = facts;
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
  const front = functionUrl === undefined ? '' : `Function URL: ${functionUrl}\n`;
  const atOnce = concurrency === undefined ? '' : `, up to ${concurrency} at once`;
  const limits = `timeout ${timeoutMs / 1000} s, ${memoryMb} MB${atOnce}`;
  return `Bulkhead serves ${handler} (${limits}, Node.js ${process.versions.node}) at ${url}

Try it:
  curl -d ${EVENT} ${url}${path}

  aws lambda invoke --endpoint-url ${url} --no-sign-request --region us-east-1 \\
    --function-name ${shellQuoted(name)} --cli-binary-format raw-in-base64-out \\
    --payload ${EVENT} /dev/stdout

${front}Metrics: ${url}/metrics
${WATCHING[facts.watching]} Ctrl-C stops.

`;
}
