import { beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../cdk/function-names.ts';
import { type Drawn, type Widget, widgetsOf } from './support/dashboard.ts';
import { describeMetric, isCounted, type Metric, metricsOfAlarm } from './support/metrics.ts';
import { synthesize, type Template } from './support/synthesize.ts';

describe('the dashboard', () => {
  let template: Template;
  let widgets: readonly Widget[];
  beforeAll(() => {
    template = synthesize();
    const [dashboard, ...more] = template.ofType('AWS::CloudWatch::Dashboard');
    if (dashboard === undefined || more.length > 0) throw new Error('There is not exactly one dashboard.');
    widgets = widgetsOf(dashboard);
  });
  const shown = () => widgets.flatMap(({ metrics }) => metrics);
  const titled = (title: string): readonly Drawn[] => {
    const found = widgets.find((widget) => widget.title === title);
    if (found === undefined) throw new Error(`There is no widget ${title}.`);
    return found.metrics;
  };
  const alarms = () => template.ofType('AWS::CloudWatch::Alarm');
  /** What the metrics of this name are counted of. */
  const countedOf = (dimension: string, name: string, metrics: readonly Drawn[] = shown()) =>
    new Set(metrics.filter((metric) => metric.name === name).map(({ dimensions }) => dimensions[dimension]));
  const refsOf = (type: string, attribute = '') =>
    new Set(template.ofType(type).map(({ id }) => `<${id}${attribute}>`));

  it('has its widgets beside and below each other, and something in each', () => {
    const taken = new Set<string>();
    for (const { title, type, x, y, width, height, metrics, alarms: listed } of widgets) {
      expect([title, x + width <= 24]).toEqual([title, true]);
      expect([title, type === 'alarm' ? listed.length > 0 : metrics.length > 0]).toEqual([title, true]);
      for (let column = x; column < x + width; column += 1) {
        for (let row = y; row < y + height; row += 1) {
          expect([title, taken.has(`${column},${row}`)]).toEqual([title, false]);
          taken.add(`${column},${row}`);
        }
      }
    }
  });

  it('shows nothing that nobody counts', () => {
    const own = alarms()
      .flatMap((alarm) => Object.values(metricsOfAlarm(alarm)))
      .filter(({ namespace }) => namespace === 'Sluice'); // watched-metrics.test.ts: these are written
    const isOwn = ({ namespace, name, dimensions }: Metric) =>
      own.some((one) => one.namespace === namespace && one.name === name && sameNames(one.dimensions, dimensions));

    for (const metric of shown()) {
      const described = describeMetric(template, metric);
      expect([described, isOwn(metric) || isCounted(template, metric)]).toEqual([described, true]);
    }
  });

  it('begins with the state of every alarm', () => {
    const [first] = widgets;

    expect([first?.type, first?.y]).toEqual(['alarm', 0]);
    expect(new Set(first?.alarms)).toEqual(refsOf('AWS::CloudWatch::Alarm', '.Arn'));
  });

  it('shows what each alarm counts, part by part, as the alarm counts it', () => {
    for (const alarm of alarms()) {
      const watched = Object.values(metricsOfAlarm(alarm)).map((metric) => describeMetric(template, metric));

      const drawn = titled(alarm.properties.AlarmName.replace('sluice-', ''));

      expect(drawn.map((metric) => describeMetric(template, metric)).sort()).toEqual(watched.sort());
      if (watched.length > 1) expect(drawn.every(({ visible }) => visible)).toBe(true);
    }
  });

  it('shows every function: its errors, its durations and its refused calls', () => {
    const every = new Set(functionNames.map((name) => `<${template.lambda(name).id}>`));

    expect(countedOf('FunctionName', 'Errors', titled('Errors'))).toEqual(every);
    expect(countedOf('FunctionName', 'Duration', titled('Durations (p95)'))).toEqual(every);
    expect(countedOf('FunctionName', 'Throttles', titled('Refused calls'))).toEqual(every);
  });

  it('shows of every machine what began and how it ended', () => {
    for (const { id, properties } of template.ofType('AWS::StepFunctions::StateMachine')) {
      const drawn = titled(`The ${properties.StateMachineName.replace('sluice-', '')} machine`);

      for (const end of ['Started', 'Succeeded', 'Failed', 'TimedOut', 'Aborted']) {
        expect(countedOf('StateMachineArn', `Executions${end}`, drawn)).toEqual(new Set([`<${id}>`]));
      }
    }
  });

  it('shows the table, every queue and the requests', () => {
    expect(countedOf('TableName', 'ReadThrottleEvents')).toEqual(refsOf('AWS::DynamoDB::Table'));
    expect(countedOf('TableName', 'WriteThrottleEvents')).toEqual(refsOf('AWS::DynamoDB::Table'));
    expect(countedOf('QueueName', 'ApproximateNumberOfMessagesVisible')).toEqual(
      refsOf('AWS::SQS::Queue', '.QueueName'),
    );
    for (const name of ['Count', '4xx', '5xx']) {
      expect(countedOf('ApiId', name, titled('Requests'))).toEqual(refsOf('AWS::ApiGatewayV2::Api'));
    }
  });
});

const sameNames = (one: object, other: object) => JSON.stringify(one) === JSON.stringify(other);
