import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { machineNames } from '../../cdk/function-names.ts';
import { describeMetric, isCounted, metricsOfAlarm } from './support/metrics.ts';
import { type Resource, synthesize, type Template } from './support/synthesize.ts';

const root = join(import.meta.dirname, '..', '..');
const ours = (name: string, statistic = 'Maximum') => `Sluice ${name} Installation=sluice, ${statistic} of 300 s`;
const ofFunction = (metric: string, name: string, period: number) =>
  `AWS/Lambda ${metric} FunctionName=sluice-${name}, Sum of ${period} s`;

/** What wakes somebody. `silence`: what it means when there is no data at all. */
const wanted: Readonly<Record<string, Wanted>> = {
  'frozen-service': { metrics: [ours('FrozenServices')], from: 1, periods: 1, silence: 'notBreaching' },
  'stuck-operation': { metrics: [ours('StuckOperations')], from: 1, periods: 1, silence: 'notBreaching' },
  'unreachable-cluster': { metrics: [ours('UnreachableServices')], from: 1, periods: 3, silence: 'notBreaching' },
  // It watches that the three above are written at all: for them, silence is nobody’s all-clear.
  'nobody-looks': { metrics: [ours('FrozenServices', 'SampleCount')], from: 1, periods: 3, silence: 'breaching' },
  'expiring-token': {
    metrics: ['Sluice ExpiringTokens Installation=sluice, Maximum of 86400 s'],
    from: 1,
    periods: 1,
    silence: 'notBreaching',
  },
  'dead-execution': {
    metrics: machineNames.flatMap((name) =>
      ['ExecutionsFailed', 'ExecutionsTimedOut'].map(
        (metric) => `AWS/States ${metric} StateMachineArn=sluice-${name}, Sum of 60 s`,
      ),
    ),
    from: 1,
    periods: 1,
    silence: 'notBreaching',
  },
  'failing-return': {
    metrics: [ofFunction('Errors', 'return-traffic', 60)],
    from: 1,
    periods: 1,
    silence: 'notBreaching',
  },
  // A function that answers 503 has not failed for Lambda: only who hands its answers on counts them.
  'failing-webhook': {
    metrics: ['AWS/ApiGateway 5xx ApiId=sluice, Sum of 300 s'],
    from: 3,
    periods: 1,
    silence: 'notBreaching',
  },
  'dead-letter': {
    metrics: ['guardian-rule', 'events', 'guardian', 'watch'].map(
      (name) => `AWS/SQS ApproximateNumberOfMessagesVisible QueueName=sluice-${name}-dead-letters, Maximum of 60 s`,
    ),
    from: 1,
    periods: 1,
    silence: 'notBreaching',
  },
  throttled: {
    metrics: [
      ...['github-webhook', 'alertmanager-webhook', 'approvals', 'return-traffic', 'act', 'observe', 'guardian'].map(
        (name) => ofFunction('Throttles', name, 300),
      ),
      'AWS/DynamoDB ReadThrottleEvents TableName=sluice, Sum of 300 s',
      'AWS/DynamoDB WriteThrottleEvents TableName=sluice, Sum of 300 s',
      'AWS/DynamoDB WriteThrottleEvents GlobalSecondaryIndexName=byService TableName=sluice, Sum of 300 s',
    ],
    from: 1,
    periods: 1,
    silence: 'notBreaching',
  },
  'bounced-mail': {
    metrics: ['Bounce', 'Complaint', 'Reject'].map((name) => `AWS/SES ${name} sluice-mail=sluice-mail, Sum of 300 s`),
    from: 1,
    periods: 1,
    silence: 'notBreaching',
  },
};
interface Wanted {
  readonly metrics: readonly string[];
  readonly from: number;
  readonly periods: number;
  readonly silence: 'breaching' | 'notBreaching';
}

describe('the alarms', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });
  const nameOf = ({ properties }: Resource): string => properties.AlarmName.replace('sluice-', '');
  const all = () => template.ofType('AWS::CloudWatch::Alarm');
  const named = (name: string): Resource => {
    const found = all().find((alarm) => nameOf(alarm) === name);
    if (found === undefined) throw new Error(`There is no alarm ${name}.`);
    return found;
  };

  it('are these, and no others', () => {
    expect(all().map(nameOf).sort()).toEqual(Object.keys(wanted).sort());
  });

  it.each(Object.entries(wanted))(
    '%s goes off by what it is there for',
    (name, { metrics, from, periods, silence }) => {
      const alarm = named(name);

      expect(
        Object.values(metricsOfAlarm(alarm))
          .map((metric) => describeMetric(template, metric))
          .sort(),
      ).toEqual([...metrics].sort());
      const {
        Threshold,
        ComparisonOperator,
        EvaluationPeriods,
        DatapointsToAlarm = EvaluationPeriods,
      } = alarm.properties;
      expect([ComparisonOperator, Threshold]).toEqual(['GreaterThanOrEqualToThreshold', from]);
      expect([EvaluationPeriods, DatapointsToAlarm]).toEqual([periods, periods]);
      expect(alarm.properties.TreatMissingData).toBe(silence);
    },
  );

  it('add up the metrics of an expression, each of which may have no data, and take no more of them than AWS does', () => {
    for (const alarm of all().filter(({ properties }) => properties.Metrics !== undefined)) {
      const ids = Object.keys(metricsOfAlarm(alarm));
      const expressions = alarm.properties.Metrics.filter(({ Expression }: { Expression?: string }) => Expression);
      const [{ Expression, ReturnData }] = expressions;

      expect([nameOf(alarm), expressions.length, ReturnData]).toEqual([nameOf(alarm), 1, true]);
      expect([nameOf(alarm), Expression]).toEqual([
        nameOf(alarm),
        nameOf(alarm) === 'nobody-looks' ? 'FILL(looks, 0) < 1' : ids.map((id) => `FILL(${id}, 0)`).join(' + '),
      ]);
      expect(ids.length).toBeLessThanOrEqual(10);
    }
  });

  it('watch what AWS counts, under its own names, of things that are here', () => {
    for (const alarm of all()) {
      for (const metric of Object.values(metricsOfAlarm(alarm))) {
        if (metric.namespace === 'Sluice') continue; // watched-metrics.test.ts
        const described = describeMetric(template, metric);
        expect([nameOf(alarm), described, isCounted(template, metric)]).toEqual([nameOf(alarm), described, true]);
      }
    }
  });

  it('leave out no queue for what could not be handled', () => {
    const queues = template.ofType('AWS::SQS::Queue').map(({ id }) => `<${id}.QueueName>`);

    const watched = Object.values(metricsOfAlarm(named('dead-letter'))).map(({ dimensions }) => dimensions.QueueName);

    expect(watched.sort()).toEqual(queues.sort());
    const runbook = readFileSync(join(root, 'docs', 'runbooks', 'dead-letter.md'), 'utf8');
    for (const { properties } of template.ofType('AWS::SQS::Queue')) expect(runbook).toContain(properties.QueueName);
  });

  it('depend on nothing of the pipeline: AWS counts, or watch does, which a timer calls and no machine', () => {
    const namespaces = all().flatMap((alarm) => Object.values(metricsOfAlarm(alarm)).map(({ namespace }) => namespace));

    expect(namespaces.filter((namespace) => !namespace.startsWith('AWS/') && namespace !== 'Sluice')).toEqual([]);
    const byMachines = template
      .ofType('AWS::StepFunctions::StateMachine')
      .flatMap((machine) => template.statementsOf(machine).flatMap(({ resources }) => resources));
    expect(byMachines.filter((arn) => arn.includes(template.lambda('watch').id))).toEqual([]);
    const actions = template.statementsOf(template.lambda('watch')).flatMap((statement) => statement.actions);
    expect(actions.filter((action) => /^(states|lambda|events):/.test(action))).toEqual([]);
    const live = template
      .ofType('AWS::Lambda::Alias')
      .find(({ properties }) => properties.FunctionName === `<${template.lambda('watch').id}>`);
    const timers = template
      .ofType('AWS::Events::Rule')
      .filter(({ properties }) => properties.Targets.some(({ Arn }: { Arn: string }) => Arn === `<${live?.id}>`));
    expect(timers.map(({ properties }) => [properties.ScheduleExpression, properties.State])).toEqual([
      ['rate(5 minutes)', 'ENABLED'],
    ]);
    // A permission to call an alias is the alias’s own.
    const permitted = template
      .ofType('AWS::Lambda::Permission')
      .filter(({ properties }) => properties.FunctionName === `<${live?.id}>`);
    expect(permitted.map(({ properties }) => [properties.Principal, properties.SourceArn])).toEqual([
      ['events.amazonaws.com', `<${timers[0]?.id}.Arn>`],
    ]);
  });

  it('say what they mean and which runbook to open: what it means, what to look at, what to type', () => {
    for (const alarm of all()) {
      const [, file = ''] = / Runbook: (docs\/runbooks\/[\w-]+\.md)$/.exec(alarm.properties.AlarmDescription) ?? [];

      expect([file, existsSync(join(root, file))]).toEqual([`docs/runbooks/${nameOf(alarm)}.md`, true]);
      const headings = readFileSync(join(root, file), 'utf8').match(/^## .*/gm);
      expect([file, headings]).toEqual([file, ['## Description', '## Investigation', '## Resolution']]);
    }
    // What no single alarm tells is found by what is seen: the table of the README has it.
    const index = readFileSync(join(root, 'docs', 'runbooks', 'README.md'), 'utf8');
    const ofFailures = [...index.matchAll(/^\|.*\]\(([\w-]+\.md)\) \|$/gm)].map(([, file = '']) => file);
    const written = readdirSync(join(root, 'docs', 'runbooks')).filter(
      (file) => !['README.md', 'reason-codes.md', 'rotate-a-secret.md'].includes(file),
    );
    for (const file of ofFailures) {
      const headings = readFileSync(join(root, 'docs', 'runbooks', file), 'utf8').match(/^## .*/gm);
      expect([file, headings]).toEqual([file, ['## Description', '## Investigation', '## Resolution']]);
    }
    // Some are of alerts that Prometheus raises about services (test/contract/monitoring).
    const rules = readFileSync(join(root, 'monitoring', 'rules.yaml'), 'utf8');
    const ofAlerts = [...rules.matchAll(/docs\/runbooks\/([\w-]+\.md)/g)].map(([, file = '']) => file);
    const ofAlarms = all().map((alarm) => `${nameOf(alarm)}.md`);
    expect(ofFailures.length).toBeGreaterThan(5);
    expect(written.sort()).toEqual([...new Set([...ofAlarms, ...ofAlerts, ...ofFailures])].sort());
  });
});
