import type { Statement } from '../cdk/support/synthesize.ts';
import type { AwsCall } from './aws-calls.ts';

/** Whether one of these statements allows a call, by IAM's rules as far as Sluice's policies use them. @throws on others. */
export const isAllowed = (call: AwsCall, statements: readonly Statement[]): boolean =>
  statements.some((statement) => allows(statement, call));

export function allows({ actions, resources, condition }: Statement, { action, resource, context }: AwsCall): boolean {
  return (
    actions.includes(action) &&
    (resource === null || resources.some((pattern) => matches(pattern, resource))) &&
    Object.entries(condition ?? {}).every(([operator, wanted]) => holds(operator, wanted, context))
  );
}

function holds(operator: string, wanted: unknown, context: AwsCall['context']): boolean {
  if (operator !== 'StringEquals' && operator !== 'ForAllValues:StringLike')
    throw new Error(`${operator} is not known.`);
  return Object.entries(wanted as Record<string, string | string[]>).every(([key, patterns]) => {
    const values = context[key] ?? [];
    const fits = (value: string) =>
      [patterns].flat().some((pattern) => (operator === 'StringEquals' ? pattern === value : matches(pattern, value)));
    // Of no value at all ForAllValues holds, and StringEquals does not: IAM's rule.
    return operator === 'StringEquals' ? values.length > 0 && values.every(fits) : values.every(fits);
  });
}

/** `*` is any number of characters and `?` is one, as in IAM. */
const matches = (pattern: string, value: string): boolean =>
  new RegExp(`^${pattern.split('*').map(literally).join('.*').replaceAll('\\?', '.')}$`).test(value);

const literally = (text: string): string => text.replace(/[.?+^$()[\]{}|\\/]/g, '\\$&');
