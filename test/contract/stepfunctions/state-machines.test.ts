import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { patienceMs, until } from '../../support/until.ts';
import { roleArn, World } from './world.ts';

const done = { Done: { Type: 'Pass', End: true } };
const invoke = 'arn:aws:states:::lambda:invoke';

let world: World;
beforeAll(async () => {
  world = await World.open();
});

describe('state machines', () => {
  it('are created idempotently, described, updated, listed and deleted', async () => {
    const { client } = world;
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Done', States: done });
    const request = { name: 'life', definition, roleArn };
    const created = await client.send(new CreateStateMachineCommand(request));

    expect(await client.send(new CreateStateMachineCommand(request))).toMatchObject({
      creationDate: created.creationDate,
    });
    await expect(
      client.send(new CreateStateMachineCommand({ ...request, definition: definition.replaceAll('Done', 'End') })),
    ).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
    expect(created.stateMachineArn).toBe('arn:aws:states:us-east-1:123456789012:stateMachine:life');
    const { stateMachineArn } = created;
    expect(await client.send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
      ...request,
      status: 'ACTIVE',
      type: 'STANDARD',
      creationDate: created.creationDate,
    });

    const changed = definition.replaceAll('Done', 'End');
    const updated = await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: changed }));
    expect(updated.updateDate).toBeInstanceOf(Date);
    expect(await client.send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
      definition: changed,
      revisionId: updated.revisionId,
    });
    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map(({ name }) => name)).toContain('life');

    await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    await expect(client.send(new DescribeStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
  });

  it('with problems are refused, with all of them and where they are', async () => {
    const definition = JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', ResultPath: '$.x', Next: 'Nowhere' },
        Ask: { Type: 'Choice', Choices: [{ Condition: '{% 1 + %}', Next: 'First' }], Default: 'First' },
        Work: {
          Type: 'Task',
          Resource: invoke,
          Parameters: {},
          Retry: [{ ErrorEquals: ['States.ALL', 'Other'] }],
          End: true,
        },
      },
    });

    const { result, diagnostics } = await world.client.send(new ValidateStateMachineDefinitionCommand({ definition }));
    const refusal = world.client.send(new CreateStateMachineCommand({ name: 'wrong', definition, roleArn }));

    expect(result).toBe('FAIL');
    expect(diagnostics?.map(({ location }) => location)).toEqual([
      '/States/First/ResultPath',
      '/States/First/Next',
      '/States/Ask/Choices[0]/Condition',
      '/States/Work/Parameters',
      '/States/Work/Retry[0]/ErrorEquals',
      '/States/Ask',
      '/States/Work',
    ]);
    await expect(refusal).rejects.toMatchObject({
      name: 'InvalidDefinition',
      message: expect.stringContaining('at /States/Ask/Choices[0]/Condition'),
    });
  });

  it('are validated without being created, as many problems at a time as wanted', async () => {
    const validate = (states: object, maxResults?: number) => {
      const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Done', States: states });
      return world.client.send(new ValidateStateMachineDefinitionCommand({ definition, maxResults }));
    };

    expect(await validate(done)).toMatchObject({ result: 'OK', diagnostics: [], truncated: false });
    const { diagnostics, ...rest } = await validate({ Done: { Type: 'Pass', A: 1, B: 2, C: 3, End: true } }, 2);
    expect(rest).toMatchObject({ result: 'FAIL', truncated: true });
    expect(diagnostics).toEqual([
      expect.objectContaining({ severity: 'ERROR', code: 'SCHEMA_VALIDATION_FAILED', location: '/States/Done/A' }),
      expect.objectContaining({ location: '/States/Done/B' }),
    ]);
  });

  it('keep what is said of logs and traces, take a second role for no conflict, and have no versions', async () => {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Done', States: done });
    const logs = { level: 'ERROR' as const, includeExecutionData: true, destinations: [] };
    const request = { name: 'logs', definition, roleArn, loggingConfiguration: logs };
    const create = (change = {}) => world.client.send(new CreateStateMachineCommand({ ...request, ...change }));
    const { stateMachineArn } = await create();

    await create({ roleArn: `${roleArn}-other` });
    const conflict = create({ loggingConfiguration: { ...logs, level: 'ALL' } });
    await expect(conflict).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
    await expect(create({ name: 'published', publish: true })).rejects.toMatchObject({ name: 'ValidationException' });
    const tracingConfiguration = { enabled: true };
    await world.client.send(new UpdateStateMachineCommand({ stateMachineArn, tracingConfiguration }));
    await expect(world.client.send(new UpdateStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'MissingRequiredParameter',
    });

    const described = await world.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({ roleArn, loggingConfiguration: logs, tracingConfiguration });
  });

  it('that are deleted stay until their executions have ended, which they do at their next transition', async () => {
    const { client } = world;
    const stateMachineArn = await world.machine({
      Nap: { Type: 'Wait', Seconds: 1, Next: 'Long' },
      Long: { Type: 'Wait', Seconds: 3600, End: true },
    });
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));

    await client.send(new DeleteStateMachineCommand({ stateMachineArn }));

    expect(await client.send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
      status: 'DELETING',
    });
    await expect(client.send(new StartExecutionCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'StateMachineDeleting',
    });
    await world.event(executionArn, 'ExecutionAborted');
    await until('the machine is gone', patienceMs, () =>
      client.send(new DescribeStateMachineCommand({ stateMachineArn })).then(
        () => false,
        ({ name }) => name === 'StateMachineDoesNotExist',
      ),
    );
    await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  });

  it('have names of at most 80 characters', async () => {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Done', States: done });
    const create = (name: string) => world.client.send(new CreateStateMachineCommand({ name, definition, roleArn }));

    await expect(create('n'.repeat(81))).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(create('with space')).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(create('n'.repeat(80))).resolves.toBeDefined();
  });
});
