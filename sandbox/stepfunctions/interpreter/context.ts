import { isGuarded, type State } from './definition.ts';
import type { ExecutionHeader, Thread, ThreadId, Visit } from './execution.ts';
import type { Json, JsonObject } from './json.ts';

/** What `$states` holds in some moment of a state. */
export interface Moment {
  result?: Json;
  errorOutput?: Json;
  /** Of the task attempt that is being prepared. */
  taskToken?: string;
  /** The Map item for which ItemSelector is evaluated. */
  item?: { index: number; value: Json };
}

/** What the context is read from. */
interface Known {
  readonly given: { readonly header: ExecutionHeader };
  thread(id: ThreadId): Thread;
  visitOf(id: ThreadId): Visit;
  definitionOf(id: ThreadId): State;
}

/** The context object, `$states.context`. Times are ISO 8601 with milliseconds, the execution's start as the API tells it. */
export function contextOf(step: Known, id: ThreadId, moment: Moment): JsonObject {
  const { header } = step.given;
  const visit = step.visitOf(id);
  const item = moment.item ?? itemOf(step, id);
  const retryCount = visit.retries.reduce((sum, used) => sum + used, 0);
  return {
    Execution: {
      Id: header.arn,
      Input: header.input,
      Name: header.name,
      RoleArn: header.roleArn,
      StartTime: new Date(header.startDate).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: header.stateMachineArn, Name: header.stateMachineName },
    State: {
      EnteredTime: new Date(visit.enteredAt).toISOString(),
      Name: visit.state,
      ...(isGuarded(step.definitionOf(id)) ? { RetryCount: retryCount } : {}),
    },
    ...(moment.taskToken === undefined ? {} : { Task: { Token: moment.taskToken } }),
    ...(item ? { Map: { Item: { Index: item.index, Value: item.value } } } : {}),
  };
}

/** The item of the nearest Map around the thread. */
function itemOf(step: Known, id: ThreadId): { index: number; value: Json } | undefined {
  const thread = step.thread(id);
  if (thread.item !== undefined) return { index: thread.index, value: thread.item };
  return thread.parent === undefined ? undefined : itemOf(step, thread.parent);
}
