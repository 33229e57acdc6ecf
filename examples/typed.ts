// A handler in TypeScript. Node strips the types: BULKHEAD_TYPESCRIPT=on has it loaded as it is.
import type { BulkheadHandler } from 'lambda-bulkhead';

type Page = { readonly url: string };
type Size = { readonly bytes: number } | { readonly late: 'deadline' | 'shutdown' };

/** How large a page is, or that it takes too long: the answer comes before the deadline. */
export const handler: BulkheadHandler<Page, Size> = async ({ url }, { signal }) => {
  try {
    const response = await fetch(url, { signal });
    return { bytes: (await response.arrayBuffer()).byteLength };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { late: signal.reason.reason };
  }
};
