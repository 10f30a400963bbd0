import { DescribeStateMachineCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import type { SandboxProcess } from './sandbox-process.ts';
import { statesOf } from './states.ts';

/** A state of the Amazon States Language, as JSON. */
export interface State extends Readonly<Record<string, unknown>> {
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
}

interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds: number;
}

/** An execution that comes here ends as FAILED at once, and no Catch sees it. */
export const dies: State = { Type: 'Fail', Error: 'States.Runtime', Cause: 'The test wants it dead.' };
/** Goes on at once to another state. */
export const skipTo = (next: string): State => ({ Type: 'Pass', Next: next });
/** Stays where it is. */
export const waits: State = { Type: 'Wait', Seconds: 600, Next: 'Ended' };

/**
 * Runs `work` while executions that start of a machine have other states, by UpdateStateMachine, as anybody may whom IAM lets. Those
 * that run already, and those that start afterwards, have the machine's own.
 */
export async function withStates<T>(
  sandbox: Pick<SandboxProcess, 'ready'>,
  machine: 'deployment' | 'rollback',
  change: { readonly states: Readonly<Record<string, State>>; readonly timeoutSeconds?: number },
  work: () => Promise<T>,
): Promise<T> {
  const client = statesOf(sandbox);
  const stateMachineArn = sandbox.ready.stateMachines[machine];
  const { definition = '{}' } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const own = JSON.parse(definition) as Definition; // our own
  const changed = {
    ...own,
    States: reachable(own.StartAt, { ...own.States, ...change.states }),
    TimeoutSeconds: change.timeoutSeconds ?? own.TimeoutSeconds,
  };
  try {
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(changed) }));
    return await work();
  } finally {
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
    client.destroy();
  }
}

/** Step Functions refuses a definition with states that nothing leads to. */
function reachable(start: string, states: Readonly<Record<string, State>>): Record<string, State> {
  const found: Record<string, State> = {};
  const visit = (name: string | undefined) => {
    const state = name === undefined ? undefined : states[name];
    if (name === undefined || state === undefined || name in found) return;
    found[name] = state;
    visit(state.Next);
    visit(state.Default);
    for (const { Next } of [...(state.Choices ?? []), ...(state.Catch ?? [])]) visit(Next);
  };
  visit(start);
  return found;
}
