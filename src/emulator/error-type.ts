// How the platform reads Lambda-Runtime-Function-Error-Type (contract, section 1.3).

const KNOWN = /(Runtime|Function)\.[A-Z][a-zA-Z]+/;

/** The error type that telemetry and the REPORT line show for a header value. */
export function toPlatformErrorType(headerValue: string | undefined): string {
  const value = headerValue ?? '';
  if (KNOWN.test(value)) return value;
  return value.startsWith('Function.') ? 'Function.Unknown' : 'Runtime.Unknown';
}
