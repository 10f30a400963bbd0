/** What Lambda tells a handler about its invocation. */
export interface FunctionContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

/** A function behind the Invoke API. */
export interface RegisteredFunction {
  readonly handler: (event: unknown, context: FunctionContext) => Promise<unknown>;
  readonly timeoutMs: number;
}

/** What Node's Lambda runtime reports of an error; `errorType` is what a state machine catches by. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type InvocationResult = { kind: 'value'; payload: string } | { kind: 'error'; error: FunctionError };

/** AWS limit: 6 MB and a little for the answer of a function. */
const maxAnswerBytes = 6_291_556;

/** Runs a handler as Lambda's Node runtime does: JSON in, JSON out, errors by name, cut off at its timeout. Never rejects. */
export async function invokeFunction(
  registered: RegisteredFunction,
  event: unknown,
  context: Omit<FunctionContext, 'getRemainingTimeInMillis'>,
): Promise<InvocationResult> {
  const deadline = performance.now() + registered.timeoutMs;
  const getRemainingTimeInMillis = (): number => Math.max(0, Math.round(deadline - performance.now()));
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<InvocationResult>((resolve) => {
    timer = setTimeout(() => resolve(timedOut(context.awsRequestId, registered.timeoutMs)), registered.timeoutMs);
  });
  try {
    return await Promise.race([run(registered, event, { ...context, getRemainingTimeInMillis }), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function run(
  registered: RegisteredFunction,
  event: unknown,
  context: FunctionContext,
): Promise<InvocationResult> {
  try {
    const payload = stringify(await registered.handler(event, context));
    if (Buffer.byteLength(payload) <= maxAnswerBytes) return { kind: 'value', payload };
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxAnswerBytes} bytes).`;
    return { kind: 'error', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
  } catch (error) {
    return { kind: 'error', error: describe(error) };
  }
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/** AWS's own words for a function that was cut off. */
function timedOut(requestId: string, timeoutMs: number): InvocationResult {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
  return { kind: 'error', error: { errorType: 'Sandbox.Timedout', errorMessage } };
}
