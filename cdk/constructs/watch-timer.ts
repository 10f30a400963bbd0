import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { SluiceFunctions } from './sluice-functions.ts';

/** How often somebody looks. The alarms count in the same measure. */
export const watchEvery = Duration.minutes(5);

/** Calls `watch`, which looks at what the pipeline itself could not report. */
export class WatchTimer extends Construct {
  constructor(scope: Construct, id: string, props: { readonly name: string; readonly functions: SluiceFunctions }) {
    super(scope, id);
    new Rule(this, 'Rule', {
      ruleName: `${props.name}-watch`,
      description:
        'Looks for frozen services, stuck operations, unreachable clusters, and changes while nothing is deployed.',
      schedule: Schedule.rate(watchEvery),
      targets: [
        // A look that is late is worth nothing: the next one comes.
        new LambdaFunction(props.functions.named('watch').live, { retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
      ],
    });
  }
}
