// The smallest function: greets whoever the event names.
export function handler(event, context) {
  const name = event?.name ?? 'world';
  console.log(`greeting ${name}`);
  return { message: `Hello, ${name}!`, requestId: context.awsRequestId };
}
