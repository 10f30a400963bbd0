/** Evaluates an expression of metric math at one moment; null where it has no value then. */
export type MetricMath = (metricOf: (metric: string) => number | null, periodSeconds: number) => number | null;

/**
 * The part of CloudWatch's metric math that objectives are made of: numbers, metrics, `+ - * /`, parentheses, `FILL(x, number)` and `PERIOD(x)`. As there,
 * a moment at which an operand has no value has none, and neither has a division by zero.
 *
 * @throws {SyntaxError} of what is no such expression.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function parseMetricMath(text: string): MetricMath {
  const tokens = text.match(/[A-Za-z]\w*|\d+(?:\.\d+)?(?:e[+-]?\d+)?|\S/g) ?? [];
  let at = 0;
  const peek = () => tokens[at] ?? '';
  const take = (wanted?: string): string => {
    const token = peek();
    if (token === '' || (wanted !== undefined && token !== wanted)) {
      throw new SyntaxError(`expected ${wanted ?? 'more'}, found ${token || 'the end'}`);
    }
    at += 1;
    return token;
  };

  const operation = (
    operators: Readonly<Record<string, (left: number, right: number) => number>>,
    operand: () => MetricMath,
  ): MetricMath => {
    let left = operand();
    for (let combine = operators[peek()]; combine !== undefined; combine = operators[peek()]) {
      take();
      const [before, after, how] = [left, operand(), combine];
      left = (metricOf, period) => {
        const [a, b] = [before(metricOf, period), after(metricOf, period)];
        const result = a === null || b === null ? Number.NaN : how(a, b);
        return Number.isFinite(result) ? result : null;
      };
    }
    return left;
  };
  const sum = (): MetricMath => operation({ '+': (a, b) => a + b, '-': (a, b) => a - b }, product);
  const product = (): MetricMath => operation({ '*': (a, b) => a * b, '/': (a, b) => a / b }, factor);

  const factor = (): MetricMath => {
    const token = take();
    if (token === '-') {
      const negated = factor();
      return (...asked) => {
        const value = negated(...asked);
        return value === null ? null : -value;
      };
    }
    if (token === '(') {
      const inner = sum();
      take(')');
      return inner;
    }
    if (/^\d/.test(token)) return () => Number(token);
    if (/^[a-z]/.test(token)) return (metricOf) => metricOf(token);
    if (token === 'PERIOD') {
      take('(');
      take();
      take(')');
      return (_, period) => period;
    }
    if (token === 'FILL') {
      take('(');
      const filled = sum();
      take(',');
      const otherwise = Number(take());
      if (Number.isNaN(otherwise)) throw new SyntaxError('the sandbox fills with numbers only');
      take(')');
      return (...asked) => filled(...asked) ?? otherwise;
    }
    throw new SyntaxError(`the sandbox does not know ${token}`);
  };

  const whole = sum();
  if (peek() !== '') throw new SyntaxError(`nothing was expected at ${peek()}`);
  return whole;
}
