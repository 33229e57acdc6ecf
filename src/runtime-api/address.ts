// `AWS_LAMBDA_RUNTIME_API` -> host and port.
import { RuntimeError } from '../core/errors.ts';

export type ApiAddress = { readonly host: string; readonly port: number };

/**
 * Reads `host:port`: exactly one colon, a decimal port without leading zeros (row A1.4 of the
 * reference client's behaviour).
 *
 * @throws RuntimeError `Runtime.InvalidRuntimeApi` naming the value.
 */
export function parseApiAddress(text: string): ApiAddress {
  const [host, portText, ...rest] = text.split(':');
  const port = Number(portText);
  const isPort = portText !== undefined && String(port) === portText && port >= 0 && port <= 65_535;
  if (!host || !isPort || rest.length > 0 || !/^[A-Za-z0-9._-]+$/.test(host)) {
    throw new RuntimeError(
      'Runtime.InvalidRuntimeApi',
      `Cannot use AWS_LAMBDA_RUNTIME_API="${text}": it must be host:port, such as 127.0.0.1:9001`,
    );
  }
  return { host, port };
}
