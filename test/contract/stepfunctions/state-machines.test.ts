import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roleArn, World } from './world.ts';

const done = { Done: { Type: 'Pass', End: true } };
const invoke = 'arn:aws:states:::lambda:invoke';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

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

  it('have names of at most 80 characters', async () => {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Done', States: done });
    const create = (name: string) => world.client.send(new CreateStateMachineCommand({ name, definition, roleArn }));

    await expect(create('n'.repeat(81))).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(create('with space')).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(create('n'.repeat(80))).resolves.toBeDefined();
  });
});
