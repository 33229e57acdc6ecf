// The AWS SDK as its users point it at an emulator.
import { LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';

/** Any credentials do, and nothing is tried again. */
export function sdkClient(endpoint: string, config: LambdaClientConfig = {}): LambdaClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new LambdaClient({
    endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    ...config,
  });
}
