// What is declared of `globalThis.awslambda` is what the runtime puts there.
import type { HookRegistration } from '../../src/core/snapshot-hooks.ts';
import type { Awslambda, InvokeStore } from '../../src/types/awslambda.ts';
import type { MultiInvokeStore, SingleInvokeStore } from '../../workers/globals/invoke-store.ts';
import { HttpResponseStream, streamifyResponse } from '../../workers/globals/response-streaming.ts';

export const declared = (hooks: HookRegistration): Omit<Awslambda, 'InvokeStore'> => {
  return { HttpResponseStream, streamifyResponse, ...hooks };
};

/** By name: what the store has is whatever was put there, and its own types say no more. */
type Missing<Store> = Exclude<keyof InvokeStore, keyof Store>;

export const nothingIsMissing: [Missing<SingleInvokeStore>, Missing<MultiInvokeStore>] extends [
  never,
  never,
]
  ? true
  : false = true;
