import type { ExecutionStatus, ExecutionsOf } from '../../../../adapters/workflow/workflow.ts';
import { guardianOf, timerEvent } from './guardian.ts';
import { executionOf, machines, registerDeployment, start, type World } from './world.ts';

/** The guardian on its timer in a world, and what Step Functions says to it. */
export function sweepingIn(world: World) {
  /** What Step Functions says of an execution, by its name. */
  const executions = new Map<string, { status: ExecutionStatus; stoppedAt: number | null; input?: string }>();
  const stopped: string[] = [];
  const sweep = () =>
    guardianOf(
      world,
      Object.assign(Object.create(world.workflow), {
        describe: async (executionArn: string) => {
          const name = executionArn.split(':').at(-1) ?? '';
          const found = executions.get(name);
          const input = JSON.stringify({ service: world.service.name });
          const known = { input, executionArn, stateMachineArn: machines.deployment, name, startedAt: start };
          return found === undefined ? null : { ...known, ...found, output: null, error: null, cause: null };
        },
        list: async ({ stateMachineArn, status }: ExecutionsOf) =>
          stateMachineArn !== machines.deployment
            ? []
            : [...executions]
                .filter(([, execution]) => execution.status === status)
                .map(([name, { stoppedAt }]) => ({ executionArn: executionOf(name).arn, startedAt: start, stoppedAt })),
        stop: async (executionArn: string) => {
          stopped.push(executionArn);
          return 'stopped' as const;
        },
      }),
    )(timerEvent);

  /** A deployment that holds the lock, or has not come so far. */
  const deployment = async (name: string, { lock }: { lock: boolean }) => {
    const { operation } = await registerDeployment(world, { name });
    if (lock) {
      await world.store.locks.acquire(world.service.name, {
        operation: operation.id,
        kind: 'deployment',
        executionArn: executionOf(name).arn,
        at: operation.startedAt,
        deadline: operation.deadline,
      });
    }
    return operation;
  };
  const is = (name: string, status: ExecutionStatus, stoppedAt: number | null = null) =>
    executions.set(name, { status, stoppedAt });
  return { executions, stopped, sweep, deployment, is };
}
