// Answers with what it was given: the event as it is, or what the context and the console know.
export const identity = async (event) => event;

export const context = async (event, context) => {
  const remainingMs = context.getRemainingTimeInMillis();
  console.log(`marker ${event.marker}`);
  return {
    pid: process.pid,
    requestId: context.awsRequestId,
    clientContext: context.clientContext,
    memoryLimitInMB: context.memoryLimitInMB,
    functionName: context.functionName,
    invokedFunctionArn: context.invokedFunctionArn,
    remainingMs,
  };
};
