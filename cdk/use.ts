import { Stack, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** A finding of cdk-nag that stays, by its exact id, and why. */
export interface Acknowledged {
  readonly id: string;
  readonly reason: string;
}

/**
 * One thing that a function uses: the variables by which it finds it, and the statements by which it may. They stand side by side,
 * so that neither is forgotten.
 */
export interface Use {
  readonly variables?: Readonly<Record<string, string>>;
  readonly statements?: readonly PolicyStatement[];
  readonly acknowledged?: readonly Acknowledged[];
}

/** Records why a finding stays. Only exact findings: a new one on the same construct fails the synthesis again. */
export function acknowledge(construct: IConstruct, ...findings: readonly Acknowledged[]): void {
  if (findings.length > 0) Validations.of(construct).acknowledge(...findings);
}

/** The finding that cdk-nag has for a resource with a `*` in it: `AwsSolutions-IAM5[Resource::…]`. */
export const wideResource = (scope: IConstruct, resource: string, reason: string): Acknowledged => ({
  id: `AwsSolutions-IAM5[Resource::${flatten(Stack.of(scope).resolve(resource))}]`,
  reason,
});

/** Writes a resolved value as cdk-nag does: `<LogicalId.Attribute>`. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [delimiter, items] = value['Fn::Join'];
    return items.map(flatten).join(delimiter);
  }
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Ref' in value) return `<${value.Ref}>`;
  return JSON.stringify(value);
}
