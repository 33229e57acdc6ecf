// InvokeWithResponseStream by the AWS SDK, event by event.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import {
  type InvokeWithResponseStreamCommandInput as Input,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandOutput,
  type InvokeWithResponseStreamCompleteEvent,
  type InvokeWithResponseStreamResponseEvent,
} from '@aws-sdk/client-lambda';

import type { Emulator } from '../../../../src/emulator/emulator.ts';
import { sdkClient } from '../../../support/sdk-client.ts';

export class SdkStream {
  readonly output: InvokeWithResponseStreamCommandOutput;
  readonly #events: AsyncIterator<InvokeWithResponseStreamResponseEvent>;

  constructor(output: InvokeWithResponseStreamCommandOutput) {
    this.output = output;
    assert.ok(output.EventStream !== undefined);
    this.#events = output.EventStream[Symbol.asyncIterator]();
  }

  /** The next chunk as text; the next event has to be one. */
  async chunk(): Promise<string> {
    const { value } = await this.#events.next();
    assert.ok(value?.PayloadChunk?.Payload !== undefined, JSON.stringify(value));
    return Buffer.from(value.PayloadChunk.Payload).toString();
  }

  /** All that still comes: its bytes, and what the last event says. */
  async rest(): Promise<{
    readonly body: Buffer;
    readonly complete: InvokeWithResponseStreamCompleteEvent;
  }> {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const { value, done } = await this.#events.next();
      assert.ok(done !== true, 'the stream has no InvokeComplete');
      if (value.PayloadChunk?.Payload !== undefined) chunks.push(value.PayloadChunk.Payload);
      if (value.InvokeComplete === undefined) continue;
      assert.equal((await this.#events.next()).done, true);
      return { body: Buffer.concat(chunks), complete: value.InvokeComplete };
    }
  }
}

export type SendStream = (input?: Partial<Input>) => Promise<SdkStream>;

/** The SDK hands out a stream when its first event is there. */
export function streamClientOf(t: TestContext, emulator: Emulator): SendStream {
  const client = sdkClient(emulator.url);
  t.after(() => client.destroy());
  return async (input = {}) => {
    const command = new InvokeWithResponseStreamCommand({ FunctionName: 'function', ...input });
    return new SdkStream(await client.send(command));
  };
}
