// The npm package that declares the same global: both at once.
import 'lambda-bulkhead/types';
import { InvokeStore } from '@aws/lambda-invoke-store';

export async function requestId(): Promise<string> {
  return (await InvokeStore.getInstanceAsync()).getRequestId();
}

export const tenant: string | undefined = awslambda.InvokeStore?.getTenantId();
