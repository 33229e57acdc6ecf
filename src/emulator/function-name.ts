// The names under which Lambda's API knows a function: name, partial ARN, ARN, each with qualifier.

export type FunctionIdentity = {
  readonly functionName: string;
  readonly region: string;
  readonly accountId: string;
};

export type FunctionReference = {
  readonly functionName: string;
  readonly qualifier: string | undefined;
};

const NAME = '([a-zA-Z0-9-_]+)(?::(\\$LATEST|[a-zA-Z0-9-_]+))?';
const ARN_HEAD = '(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?(?:\\d{12}:)?function:';
const REFERENCE = new RegExp(`^(?:${ARN_HEAD})?${NAME}$`);
const PARTIAL_ARN = new RegExp(`^\\d{12}:${NAME}$`);

/** Undefined for a text that names no function at all. */
export function parseFunctionReference(text: string): FunctionReference | undefined {
  const match = PARTIAL_ARN.exec(text) ?? REFERENCE.exec(text);
  const functionName = match?.[1];
  return functionName === undefined ? undefined : { functionName, qualifier: match?.[2] };
}

export function toFunctionArn(identity: FunctionIdentity, qualifier?: string): string {
  const { region, accountId, functionName } = identity;
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${functionName}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}
