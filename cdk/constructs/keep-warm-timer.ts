import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { ReturnTrafficCommand } from '../../contracts/commands.ts';
import type { SluiceFunctions } from './sluice-functions.ts';

const nothing: ReturnTrafficCommand = { action: 'keep-warm' };

/**
 * Calls the way back once a day, to do nothing. Lambda reclaims the network of a function that nobody calls for two weeks, and the first call
 * after that fails: it must not be the one that returns the traffic (docs/adr/0030).
 */
export class KeepWarmTimer extends Construct {
  constructor(scope: Construct, id: string, props: { readonly name: string; readonly functions: SluiceFunctions }) {
    super(scope, id);
    new Rule(this, 'Rule', {
      ruleName: `${props.name}-keep-warm`,
      description: 'Keeps the network of the way back.',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [
        // A call that is lost is worth nothing: the next one comes tomorrow.
        new LambdaFunction(props.functions.named('return-traffic').live, {
          event: RuleTargetInput.fromObject(nothing),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }
}
