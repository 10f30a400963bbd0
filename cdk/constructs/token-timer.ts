import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { ActCommand, ReleaseCommand } from '../../contracts/commands.ts';
import type { SluiceFunctions } from './sluice-functions.ts';

const look: ActCommand & ReleaseCommand = { action: 'look-at-token' };

/** Has each function that uses a token of GitHub look how long it lasts, twice a day: no other one may read it (I13). */
export class TokenTimer extends Construct {
  constructor(scope: Construct, id: string, props: { readonly name: string; readonly functions: SluiceFunctions }) {
    super(scope, id);
    new Rule(this, 'Rule', {
      ruleName: `${props.name}-tokens`,
      description: 'Looks how long the tokens of GitHub last.',
      schedule: Schedule.rate(Duration.hours(12)),
      targets: (['act', 'release'] as const).map(
        (name) =>
          // A look that is lost is worth nothing: the next one comes.
          new LambdaFunction(props.functions.named(name).live, {
            event: RuleTargetInput.fromObject(look),
            retryAttempts: 0,
            maxEventAge: Duration.minutes(1),
          }),
      ),
    });
  }
}
