import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type MachineName, machineNames } from '../function-names.ts';
import { type Use, wideResource } from '../use.ts';

const variables: Readonly<Partial<Record<MachineName, string>>> = {
  deployment: 'SLUICE_DEPLOYMENT_MACHINE',
  rollback: 'SLUICE_ROLLBACK_MACHINE',
  traffic: 'SLUICE_TRAFFIC_MACHINE',
  standby: 'SLUICE_STANDBY_MACHINE',
};

/**
 * The machines by their names. Machines pin versions of functions, and functions start machines: names that are known beforehand
 * keep this from being a circle.
 */
export class MachineArns {
  readonly #scope: Construct;
  readonly #prefix: string;

  constructor(scope: Construct, prefix: string) {
    this.#scope = scope;
    this.#prefix = prefix;
  }

  nameOf(machine: MachineName): string {
    return `${this.#prefix}-${machine}`;
  }

  of(machine: MachineName): string {
    return this.#arn('stateMachine', this.nameOf(machine));
  }

  /** Which the machines are, and no right to them. */
  known(...machines: readonly MachineName[]): Use {
    const known = machines.flatMap((machine) => {
      const variable = variables[machine];
      return variable === undefined ? [] : [[variable, this.of(machine)]];
    });
    return { variables: Object.fromEntries(known) };
  }

  /** Starts a machine. */
  start(machine: MachineName): Use {
    return {
      ...this.known(machine),
      statements: [new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.of(machine)] })],
    };
  }

  /** Asks about executions: of a name that is taken, or of a lock's holder. */
  describe(...machines: readonly MachineName[]): Use {
    return this.#onExecutions('states:DescribeExecution', machines);
  }

  /** Looks for executions that ended badly and told nobody. */
  list(...machines: readonly MachineName[]): Use {
    return {
      ...this.known(...machines),
      statements: [
        new PolicyStatement({
          actions: ['states:ListExecutions'],
          resources: machines.map((machine) => this.of(machine)),
        }),
      ],
    };
  }

  /** Stops executions that have lost their lock. */
  stop(...machines: readonly MachineName[]): Use {
    return this.#onExecutions('states:StopExecution', machines);
  }

  /** Wakes who waits for an approval or a lock. The task token is the key; IAM compares the machine. */
  wake(): Use {
    const waiting: MachineName[] = machineNames.filter((machine) => machine !== 'standby');
    return {
      statements: [
        new PolicyStatement({
          actions: ['states:SendTaskSuccess'],
          resources: waiting.map((machine) => this.of(machine)),
        }),
      ],
    };
  }

  #onExecutions(action: string, machines: readonly MachineName[]): Use {
    const executions = machines.map((machine) => this.#arn('execution', `${this.nameOf(machine)}:*`));
    return {
      statements: [new PolicyStatement({ actions: [action], resources: executions })],
      acknowledged: executions.map((execution) =>
        wideResource(this.#scope, execution, 'Executions get their names when they start; the machine is named.'),
      ),
    };
  }

  #arn(resource: 'stateMachine' | 'execution', resourceName: string): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return Stack.of(this.#scope).formatArn({ service: 'states', resource, resourceName, arnFormat });
  }
}
