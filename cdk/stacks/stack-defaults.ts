import { type Stack, Tags } from 'aws-cdk-lib';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import type { Installation } from '../installation.ts';

/** What an account wants of everything in a stack: tags, and a boundary for every role. */
export function applyDefaults(stack: Stack, { tags, permissionsBoundary }: Installation): void {
  for (const [name, value] of Object.entries(tags)) Tags.of(stack).add(name, value);
  if (permissionsBoundary === null) return;
  const boundary = ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', permissionsBoundary);
  PermissionsBoundary.of(stack).apply(boundary);
}
