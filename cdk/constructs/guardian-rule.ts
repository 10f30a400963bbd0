import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { machineNames } from '../function-names.ts';
import { acknowledge } from '../use.ts';
import { deadLetterQueue } from './sluice-function.ts';
import type { SluiceFunctions } from './sluice-functions.ts';

/** How often the guardian looks for what no event told it. */
const sweepEvery = Duration.minutes(5);

/**
 * Calls the guardian when an execution of Sluice ended badly (DESIGN §5), and on a timer, since those events are best effort. Events
 * that cannot be delivered are kept.
 */
export class GuardianRule extends Construct {
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: { readonly name: string; readonly functions: SluiceFunctions }) {
    super(scope, id);
    const { name, functions } = props;
    const guardian = functions.named('guardian');
    this.undelivered = deadLetterQueue(this, 'Undelivered', `${name}-guardian-rule`);
    acknowledge(this.undelivered, {
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself, of an EventBridge target, which cdk-nag does not see.',
    });
    new Rule(this, 'Rule', {
      ruleName: `${name}-guardian`,
      description: 'Executions of Sluice that failed, timed out or were aborted.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: machineNames.map((machine) => functions.machines.of(machine)),
        },
      },
      targets: [
        new LambdaFunction(guardian.live, {
          deadLetterQueue: this.undelivered,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
    new Rule(this, 'Timer', {
      ruleName: `${name}-guardian-sweep`,
      description: 'Looks for dead executions and operations beyond their deadline that no event told of.',
      schedule: Schedule.rate(sweepEvery),
      // A sweep that is late is worth nothing: the next one comes.
      targets: [new LambdaFunction(guardian.live, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
  }
}
