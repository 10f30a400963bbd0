import { join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { readDefinition } from '../../statemachines/read-definition.ts';
import { type MachineFunctionName, type MachineName, machineFunctionNames, machineNames } from '../function-names.ts';
import { acknowledge, wideResource } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { SluiceFunctions } from './sluice-functions.ts';

const definitions = join(import.meta.dirname, '..', '..', 'statemachines');

interface MachinesProps {
  readonly functions: SluiceFunctions;
  readonly key: EncryptionKey;
  readonly logRetention: RetentionDays;
}

/** The three machines, from the same files that run on one machine. */
export class StateMachines extends Construct {
  readonly #machines: ReadonlyMap<MachineName, StateMachine>;

  constructor(scope: Construct, id: string, props: MachinesProps) {
    super(scope, id);
    this.#machines = new Map(machineNames.map((machine) => [machine, this.#create(machine, props)]));
  }

  get all(): readonly (readonly [MachineName, StateMachine])[] {
    return [...this.#machines];
  }

  #create(machine: MachineName, { functions, key, logRetention }: MachinesProps): StateMachine {
    const { machines } = functions;
    const stateMachineName = machines.nameOf(machine);
    const { json, invokes, starts } = fillIn(machine, functions);
    const role = new Role(this, `${machine}-role`, {
      description: `Sluice, the ${machine} machine: invokes its functions and starts the next machine.`,
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
    });
    const made = new StateMachine(this, machine, {
      stateMachineName,
      definitionBody: DefinitionBody.fromString(json),
      role,
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        // Inputs and outputs hold ids only, but task tokens too, and those are keys.
        includeExecutionData: false,
        destination: new LogGroup(this, `${machine}-log`, {
          logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
          retention: logRetention,
          encryptionKey: key.key,
          removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        }),
      },
      // Deleting a machine ends its executions: an operation would stop in the middle.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(role, {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Delivery of a machine’s log and X-Ray know no resources.',
    });
    for (const name of invokes) {
      const versions = `${functions.named(name).lambda.functionArn}:*`;
      role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [versions] }));
      acknowledge(
        role,
        wideResource(
          this,
          versions,
          'Executions under way call the versions with which they began, after an update too.',
        ),
      );
    }
    if (starts.length > 0) {
      const resources = starts.map((other) => machines.of(other));
      role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources }));
    }
    return made;
  }
}

/** The definition with ARNs for `${name}`: of the version just published for a function, of the machine for a machine. */
function fillIn(
  machine: MachineName,
  functions: SluiceFunctions,
): { json: string; invokes: readonly MachineFunctionName[]; starts: readonly MachineName[] } {
  const file = join(definitions, machine, 'definition.asl.yaml');
  const invokes = new Set<MachineFunctionName>();
  const starts = new Set<MachineName>();
  const arnOf = (name: string): string => {
    const invoked = machineFunctionNames.find((other) => other === name);
    if (invoked !== undefined) {
      invokes.add(invoked);
      return functions.named(invoked).version.functionArn;
    }
    const started = machineNames.find((other) => other === name);
    if (started === undefined) throw new Error(`${file} names \${${name}}, which is neither a function nor a machine.`);
    starts.add(started);
    return functions.machines.of(started);
  };
  const json = JSON.stringify(readDefinition(file, arnOf));
  return { json, invokes: [...invokes], starts: [...starts] };
}
