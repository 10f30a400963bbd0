import type { HistoryEvent } from '../interpreter/execution.ts';
import type { JsonObject } from '../interpreter/json.ts';
import { textOf } from '../interpreter/payload.ts';
import type { Execution } from '../journal/execution.ts';
import { type Action, type ActionContext, errorAndCause, seconds } from './action.ts';
import { ApiError } from './api-error.ts';
import { machineByArn } from './machines.ts';
import { pageOf } from './pages.ts';
import { startExecution } from './start-execution.ts';

function executionByArn({ engine }: ActionContext, arn: string): Execution {
  if (!/^arn:[\w-]+:states:[\w-]+:\d{12}:execution:.+:.+$/.test(arn)) {
    throw new ApiError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
  }
  const execution = engine.store.executions.get(arn);
  if (!execution || execution.state.eventCount === 0) {
    throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }
  return execution;
}

const start: Action = async (context, parameters) => {
  const { header } = await startExecution(context, {
    stateMachineArn: parameters.string('stateMachineArn'),
    name: parameters.optionalString('name'),
    input: parameters.optionalString('input'),
  });
  return { executionArn: header.arn, startDate: seconds(header.startDate) };
};

const describe: Action = async (context, parameters) => {
  const { header, inputText, state } = executionByArn(context, parameters.string('executionArn'));
  const included = { included: true };
  return {
    executionArn: header.arn,
    stateMachineArn: header.stateMachineArn,
    name: header.name,
    status: state.status,
    startDate: seconds(header.startDate),
    ...(state.stopDate === undefined ? {} : { stopDate: seconds(state.stopDate) }),
    input: inputText,
    inputDetails: included,
    ...(state.output === undefined ? {} : { output: textOf(state.output), outputDetails: included }),
    ...(state.error === undefined ? {} : { error: state.error }),
    ...(state.cause === undefined ? {} : { cause: state.cause }),
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason:
      state.status === 'RUNNING' ? 'Execution is RUNNING and cannot be redriven' : 'Redrive is not supported here',
  };
};

const statuses = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'];

const list: Action = async (context, parameters) => {
  if (parameters.optionalString('mapRunArn') !== undefined) {
    throw new ApiError('ValidationException', 'Distributed Map runs are not supported here: mapRunArn names none.');
  }
  const { arn } = machineByArn(context, parameters.string('stateMachineArn'));
  const filter = parameters.optionalString('statusFilter');
  if (filter !== undefined && !statuses.includes(filter)) {
    throw new ApiError(
      'ValidationException',
      `1 validation error detected: Value '${filter}' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [${statuses.join(', ')}]`,
    );
  }
  const executions = [...context.engine.store.executions.values()]
    .filter(({ header, state }) => header.stateMachineArn === arn && state.eventCount > 0)
    .filter(({ state }) => filter === undefined || state.status === filter)
    .reverse() // of those that began in the same millisecond the later one comes first too
    .sort((a, b) => b.header.startDate - a.header.startDate);
  const { items, nextToken } = pageOf(executions, parameters, ({ header }) => header.arn);
  return {
    executions: items.map(({ header, state }) => ({
      executionArn: header.arn,
      stateMachineArn: header.stateMachineArn,
      name: header.name,
      status: state.status,
      startDate: seconds(header.startDate),
      ...(state.stopDate === undefined ? {} : { stopDate: seconds(state.stopDate) }),
      redriveCount: 0,
    })),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
};

const history: Action = async (context, parameters) => {
  const events = await context.engine.store.history(executionByArn(context, parameters.string('executionArn')));
  const ordered = parameters.boolean('reverseOrder', false) ? events.toReversed() : events;
  const { items, nextToken } = pageOf(ordered, parameters, ({ id }) => String(id));
  const shown = parameters.boolean('includeExecutionData', true) ? items : items.map(withoutData);
  return { events: shown.map(onTheWire), ...(nextToken === undefined ? {} : { nextToken }) };
};

/** The event without inputs and outputs. */
function withoutData(event: HistoryEvent): HistoryEvent {
  const parts = Object.entries(event).map(([key, value]) => {
    if (!key.endsWith('Details')) return [key, value];
    const { input: _input, output: _output, parameters: _parameters, ...rest } = value;
    return [key, rest];
  });
  return Object.fromEntries(parts);
}

const onTheWire = (event: HistoryEvent): JsonObject => ({ ...event, timestamp: seconds(event.timestamp) });

const stop: Action = async (context, parameters) => {
  const execution = executionByArn(context, parameters.string('executionArn'));
  await context.engine.input(execution, { kind: 'stop', ...errorAndCause(parameters) });
  return { stopDate: seconds(execution.state.stopDate ?? context.engine.clock.now()) };
};

export const executionActions: Readonly<Record<string, Action>> = {
  StartExecution: start,
  DescribeExecution: describe,
  ListExecutions: list,
  GetExecutionHistory: history,
  StopExecution: stop,
};
