import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../interpreter/json.ts';
import { definitionLimit, parseDefinition } from '../interpreter/parse-definition.ts';
import type { StateMachineRecord } from '../journal/records.ts';
import { type Action, seconds } from './action.ts';
import { ApiError } from './api-error.ts';
import { checkMachineArn, lastingMachine, machineByArn, refuseDeleting } from './machines.ts';
import { pageOf } from './pages.ts';
import { checkName, type Parameters } from './parameters.ts';

/** Kept and shown, and without effect here: there are no logs and no traces. */
const configurationOf = ({ configuration }: StateMachineRecord) => ({
  loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  tracingConfiguration: { enabled: false },
  ...configuration,
});

function configurationIn(parameters: Parameters): JsonObject {
  const given = ['loggingConfiguration', 'tracingConfiguration'].flatMap((name) => {
    const value = parameters.optionalObject(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

function refuseVersions(parameters: Parameters): void {
  if (parameters.boolean('publish', false)) {
    throw new ApiError('ValidationException', 'Versions of state machines are not supported here: leave out publish.');
  }
}

function checkDefinition(definition: string): string {
  const parsed = parseDefinition(definition);
  if (parsed.kind === 'valid') return definition;
  const problems = parsed.problems.map(({ code, message, location }) => `${code}: ${message} at ${location}`);
  throw new ApiError('InvalidDefinition', `Invalid State Machine Definition: '${problems.join(', ')}'`);
}

function checkRole(arn: string): string {
  if (!/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(arn)) throw new ApiError('InvalidArn', `Invalid Role Arn: '${arn}'`);
  return arn;
}

const create: Action = async (context, parameters) => {
  const { engine, region, accountId } = context;
  const name = checkName(parameters.string('name'));
  const definition = checkDefinition(parameters.string('definition', definitionLimit));
  const roleArn = checkRole(parameters.string('roleArn'));
  const configuration = configurationIn(parameters);
  refuseVersions(parameters);
  const type = parameters.optionalString('type') ?? 'STANDARD';
  if (type !== 'STANDARD')
    throw new ApiError('ValidationException', `State machines of type ${type} are not supported here.`);
  const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
  const existing = engine.store.machines.get(arn);
  if (existing) {
    refuseDeleting(existing);
    // as documented, a role that differs is no conflict, and is not taken over either
    const isSame = existing.definition === definition && isDeepStrictEqual(existing.configuration ?? {}, configuration);
    if (!isSame) {
      throw new ApiError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    }
    return { stateMachineArn: arn, creationDate: seconds(existing.createDate) };
  }
  const now = engine.clock.now();
  const revisionId = engine.ids.uuid();
  const dates = { createDate: now, updateDate: now };
  await engine.saveMachine({ arn, name, definition, roleArn, type, configuration, ...dates, revisionId });
  return { stateMachineArn: arn, creationDate: seconds(now) };
};

const update: Action = async (context, parameters) => {
  const machine = lastingMachine(context, parameters.string('stateMachineArn'));
  const definition = parameters.optionalString('definition', definitionLimit);
  const roleArn = parameters.optionalString('roleArn');
  const configuration = configurationIn(parameters);
  refuseVersions(parameters);
  if (definition === undefined && roleArn === undefined && Object.keys(configuration).length === 0) {
    throw new ApiError(
      'MissingRequiredParameter',
      'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    );
  }
  const updated: StateMachineRecord = {
    ...machine,
    definition: definition === undefined ? machine.definition : checkDefinition(definition),
    roleArn: roleArn === undefined ? machine.roleArn : checkRole(roleArn),
    configuration: { ...machine.configuration, ...configuration },
    updateDate: context.engine.clock.now(),
    revisionId: context.engine.ids.uuid(),
  };
  await context.engine.saveMachine(updated);
  return { updateDate: seconds(updated.updateDate), revisionId: updated.revisionId };
};

const remove: Action = async (context, parameters) => {
  const arn = checkMachineArn(parameters.string('stateMachineArn'));
  // deleting twice is no error
  if (context.engine.store.machines.has(arn)) await context.engine.deleteMachine(arn);
  return {};
};

const describe: Action = async (context, parameters) => {
  const machine = machineByArn(context, parameters.string('stateMachineArn'));
  const { arn, name, definition, roleArn, type, createDate, revisionId } = machine;
  return {
    stateMachineArn: arn,
    name,
    status: machine.isDeleting ? 'DELETING' : 'ACTIVE',
    definition,
    roleArn,
    type,
    creationDate: seconds(createDate),
    revisionId,
    ...configurationOf(machine),
  };
};

const describeForExecution: Action = async (context, parameters) => {
  const { engine } = context;
  const execution = engine.store.executions.get(parameters.string('executionArn'));
  const machine = execution && engine.store.revisions.get(execution.revisionId);
  if (!machine)
    throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${parameters.string('executionArn')}'`);
  const { arn, name, definition, roleArn, updateDate, revisionId } = machine;
  return {
    stateMachineArn: arn,
    name,
    definition,
    roleArn,
    updateDate: seconds(updateDate),
    revisionId,
    ...configurationOf(machine),
  };
};

const list: Action = async ({ engine }, parameters) => {
  const machines = [...engine.store.machines.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, nextToken } = pageOf(machines, parameters, ({ arn }) => arn);
  return {
    stateMachines: items.map(({ arn, name, type, createDate }) => ({
      stateMachineArn: arn,
      name,
      type,
      creationDate: seconds(createDate),
    })),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
};

const validate: Action = async (_context, parameters) => {
  const parsed = parseDefinition(parameters.string('definition', definitionLimit));
  const problems = parsed.kind === 'valid' ? [] : parsed.problems;
  const most = parameters.pageSize('maxResults', 100, 100);
  return {
    result: problems.length === 0 ? 'OK' : 'FAIL',
    diagnostics: problems
      .slice(0, most)
      .map(({ code, message, location }) => ({ severity: 'ERROR', code, message, location })),
    truncated: problems.length > most,
  };
};

export const stateMachineActions: Readonly<Record<string, Action>> = {
  CreateStateMachine: create,
  UpdateStateMachine: update,
  DeleteStateMachine: remove,
  DescribeStateMachine: describe,
  DescribeStateMachineForExecution: describeForExecution,
  ListStateMachines: list,
  ValidateStateMachineDefinition: validate,
  ListTagsForResource: async () => ({ tags: [] }),
};
