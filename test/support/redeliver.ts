import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetExecutionHistoryCommand, type HistoryEvent } from '@aws-sdk/client-sfn';
import { accessKeyIdOf } from '../../sandbox/credentials.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import { statesOf } from './states.ts';

/** A task of a state machine as Step Functions sent it to Lambda. */
export interface SentTask {
  readonly functionName: string;
  readonly payload: { readonly action: string; readonly weight?: number };
}

type Running = Pick<SandboxProcess, 'ready'>;

export async function historyOf(sandbox: Running, executionArn: string): Promise<HistoryEvent[]> {
  const states = statesOf(sandbox);
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await states.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000, nextToken }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  states.destroy();
  return events;
}

/** Every task that an execution has sent to a function so far, in order. */
export async function tasksOf(sandbox: Running, executionArn: string): Promise<SentTask[]> {
  const events = await historyOf(sandbox, executionArn);
  return events.flatMap(({ taskScheduledEventDetails: task }) => {
    if (task?.resourceType !== 'lambda') return [];
    const { FunctionName, Payload } = JSON.parse(task.parameters ?? '{}'); // the arguments of our own definition
    return [{ functionName: FunctionName, payload: Payload }];
  });
}

/** Sends a task once more, by the AWS SDK: what its function answered, or the name of the error that it ended with. */
export async function redeliver(
  sandbox: Running,
  { functionName, payload }: { readonly functionName: string; readonly payload: object },
): Promise<{ answer: Record<string, unknown> } | { error: string }> {
  const lambda = new LambdaClient({
    endpoint: sandbox.ready.endpoints.lambda,
    region: 'us-east-1',
    // As Step Functions: on loopback the access key is a name, not a proof.
    credentials: { accessKeyId: accessKeyIdOf('states'), secretAccessKey: 'anything' },
    maxAttempts: 1,
  });
  try {
    const sent = await lambda.send(
      new InvokeCommand({ FunctionName: functionName, Payload: new TextEncoder().encode(JSON.stringify(payload)) }),
    );
    const answer = JSON.parse(sent.Payload?.transformToString() ?? 'null');
    return sent.FunctionError === undefined ? { answer } : { error: answer.errorType };
  } finally {
    lambda.destroy();
  }
}
