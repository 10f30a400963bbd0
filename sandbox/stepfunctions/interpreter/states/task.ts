import { cancelTask } from '../children.ts';
import type { TaskState } from '../definition.ts';
import type { TaskActivity, ThreadId } from '../execution.ts';
import { evaluateTemplate } from '../expressions.ts';
import { errorNames, StateFailure } from '../failure.ts';
import { asEventText } from '../history.ts';
import type { Json } from '../json.ts';
import { numberField } from '../number-field.ts';
import { fitsPayload, textOf } from '../payload.ts';
import type { Step } from '../step.ts';
import { historyNames, parseTaskResource } from '../task-resource.ts';
import { attempt, fail, leave } from '../transitions.ts';

/** Prepares an attempt and has it called. */
export async function runTask(step: Step, id: ThreadId, state: TaskState): Promise<void> {
  const resource = parseTaskResource(state.Resource);
  if (!resource)
    throw new StateFailure({ error: errorNames.runtime, cause: `The resource ${state.Resource} is not supported.` });
  const visit = step.visitOf(id);
  const token = step.given.ids.taskToken(step.given.header.arn);
  const scope = step.scope(id, resource.pattern === 'request-response' ? {} : { taskToken: token });
  const args =
    state.Arguments === undefined
      ? visit.input
      : { value: await evaluateTemplate(state.Arguments, scope, 'Arguments') };
  if (!fitsPayload(args)) throw tooLarge(visit.state, true);
  const timeout = await numberField(state.TimeoutSeconds, scope, 'TimeoutSeconds', 1);
  const heartbeat = await numberField(state.HeartbeatSeconds, scope, 'HeartbeatSeconds', 1);
  const credentials =
    state.Credentials === undefined
      ? undefined
      : await evaluateTemplate(state.Credentials.RoleArn, scope, 'Credentials/RoleArn');
  const limits = {
    ...(credentials === undefined ? {} : { taskCredentials: { roleArn: credentials } }),
    ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
    ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
  };
  if (resource.service === 'lambda-function') {
    step.recordOn(id, 'LambdaFunctionScheduled', {
      lambdaFunctionScheduledEventDetails: { ...asEventText('input', args), resource: resource.arn, ...limits },
    });
    step.recordOn(id, 'LambdaFunctionStarted');
  } else {
    const names = historyNames(resource);
    const region = step.given.header.arn.split(':')[3] ?? '';
    step.recordOn(id, 'TaskScheduled', {
      taskScheduledEventDetails: { ...names, region, parameters: textOf(args), ...limits },
    });
    step.recordOn(id, 'TaskStarted', { taskStartedEventDetails: names });
  }
  const { now } = step.given;
  const activity: TaskActivity = {
    kind: 'task',
    token,
    resource,
    arguments: args.value,
    ...(timeout === undefined ? {} : { timeoutAt: now + timeout * 1000 }),
    ...(heartbeat === undefined ? {} : { heartbeat: { seconds: heartbeat, dueAt: now + heartbeat * 1000 } }),
  };
  step.setVisit(id, { ...visit, activity });
  step.effects.push({ kind: 'call', token, resource, arguments: args.value });
}

const tooLarge = (name: string, isOwn: boolean): StateFailure =>
  new StateFailure({
    error: errorNames.dataLimit,
    cause: `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    ...(isOwn ? { terminal: true as const } : {}),
  });

/** The service answered the call: the result, or the start of a job or a wait for the callback. */
export async function taskResponded(step: Step, id: ThreadId, task: TaskActivity, output: Json): Promise<void> {
  if (task.resource.pattern === 'request-response') return taskSucceeded(step, id, task, output);
  if (task.submitted !== undefined) return;
  step.recordOn(id, 'TaskSubmitted', {
    taskSubmittedEventDetails: { ...historyNames(task.resource), ...asEventText('output', { value: output }) },
  });
  step.setVisit(id, { ...step.visitOf(id), activity: { ...task, submitted: output } });
  if (task.resource.pattern === 'sync') {
    step.effects.push({ kind: 'watch', token: task.token, resource: task.resource, submitted: output });
  }
}

export async function taskSucceeded(step: Step, id: ThreadId, task: TaskActivity, result: Json): Promise<void> {
  const payload = { value: result };
  if (!fitsPayload(payload)) {
    const { error, reason } = tooLarge(
      task.resource.service === 'lambda-function' ? task.resource.arn : task.resource.service,
      false,
    );
    return taskFailed(step, id, task, { ...(error ? { error } : {}), ...(reason ? { cause: reason } : {}) });
  }
  if (task.resource.service === 'lambda-function') {
    step.recordOn(id, 'LambdaFunctionSucceeded', {
      lambdaFunctionSucceededEventDetails: asEventText('output', payload),
    });
  } else {
    step.recordOn(id, 'TaskSucceeded', {
      taskSucceededEventDetails: { ...historyNames(task.resource), ...asEventText('output', payload) },
    });
  }
  const state = step.definitionOf(id);
  if (state.Type !== 'Task') throw new Error(`thread ${id} is in no Task state`);
  await attempt(step, id, async () => {
    const output = await step.output(id, state.Output, payload, { result });
    const assigned = await step.assigned(id, state.Assign, { result });
    await leave(step, id, { output, assigned, next: state.Next });
  });
}

export async function taskFailed(
  step: Step,
  id: ThreadId,
  task: TaskActivity,
  what: { error?: string; cause?: string },
): Promise<void> {
  if (task.resource.service === 'lambda-function') {
    step.recordOn(id, 'LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: what });
  } else {
    step.recordOn(id, 'TaskFailed', { taskFailedEventDetails: { ...historyNames(task.resource), ...what } });
  }
  await fail(step, id, new StateFailure(what));
}

/** TimeoutSeconds ran out, or no heartbeat came for HeartbeatSeconds. */
export async function taskTimedOut(step: Step, id: ThreadId, task: TaskActivity, isHeartbeat: boolean): Promise<void> {
  cancelTask(step, id);
  const error = errorNames.timeout;
  if (task.resource.service === 'lambda-function') {
    step.recordOn(id, 'LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: { error } });
  } else {
    step.recordOn(id, 'TaskTimedOut', { taskTimedOutEventDetails: { ...historyNames(task.resource), error } });
  }
  await fail(step, id, new StateFailure({ error, ...(isHeartbeat ? { alias: errorNames.heartbeatTimeout } : {}) }));
}
