import * as z from 'zod';

/**
 * What an installation has that cannot be made again as it was, by the type that CloudFormation has for it, and what is lost with it. Whatever a template
 * keeps when its stack goes is here as well (test/cdk/change-set.test.ts).
 */
export const irreplaceable: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'operations, approvals, locks, holds and the audit',
  'AWS::S3::Bucket': 'the anchors that prove audits',
  'AWS::KMS::Key': 'everything that it encrypts or proves',
  'AWS::SecretsManager::Secret': 'a value that GitHub or Alertmanager knows as well',
  'AWS::Logs::LogGroup': 'the logs of half a year',
  'AWS::StepFunctions::StateMachine': 'the operations that are under way',
  'AWS::SNS::Topic': 'the subscriptions of whoever is on call',
  'AWS::SQS::Queue': 'the events that nobody has looked at yet',
  'AWS::Events::EventBus': 'the rules that others have on it',
  'AWS::SES::EmailIdentity': 'its DKIM records: no mail is signed until DNS has the new ones',
  'AWS::ApiGatewayV2::Api': 'the address that GitHub and Alertmanager call',
  // Both are there only with -c certificate, which a later deployment may forget.
  'AWS::ApiGatewayV2::DomainName':
    'the host name that GitHub, Alertmanager and approvers call: made again, it has a target that DNS does not know',
  'AWS::ApiGatewayV2::ApiMapping': 'what answers at the host name that GitHub, Alertmanager and approvers call',
  // Only with -c vpc.
  'AWS::EC2::SecurityGroup': 'the way of the functions to clusters and metrics in the VPC',
};

/** The AWS CLI prints null for some of what is not there. */
const printed = z.string().nullish();

const resourceChange = z.object({
  Action: z.enum(['Add', 'Modify', 'Remove', 'Import', 'Dynamic', 'SyncWithActual']),
  LogicalResourceId: z.string().min(1),
  PhysicalResourceId: printed,
  ResourceType: z.string().min(1),
  Replacement: z.enum(['True', 'False', 'Conditional']).nullish(),
  PolicyAction: printed,
  Scope: z.array(z.string()).default([]),
  Details: z
    .array(z.object({ Target: z.object({ Name: z.string().optional(), RequiresRecreation: z.string().optional() }) }))
    .default([]),
});
type ResourceChange = z.output<typeof resourceChange>;

/**
 * What `aws cloudformation describe-change-set` prints, as far as it is read.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
 */
export const changeSetSchema = z.object({
  StackName: z.string().min(1),
  Status: z.string().min(1),
  StatusReason: printed,
  NextToken: z.null('must be absent: this is one page of several, and what is on the others is not known').optional(),
  Changes: z.array(z.object({ ResourceChange: resourceChange.nullish() })).default([]),
});
export type ChangeSet = z.output<typeof changeSetSchema>;

/** What becomes of a change set: nothing is to be done, it may be executed, or it is refused with each reason. */
export type Verdict =
  | { readonly kind: 'empty' }
  | { readonly kind: 'harmless'; readonly changes: number }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** As CloudFormation words a change set that changes nothing, which it calls failed. */
const changesNothing = /^(The submitted information didn't contain changes|No updates are to be performed)/;

/**
 * Whether a change set leaves everything where it is that cannot be made again: it removes none of it, replaces none, not even perhaps, and takes from none
 * the policy that keeps it.
 *
 * @param allowed logical ids of what may go all the same.
 */
export function judgeChangeSet(
  { Status, StatusReason, Changes }: ChangeSet,
  allowed: ReadonlySet<string> = new Set(),
): Verdict {
  if (Status === 'FAILED' && changesNothing.test(StatusReason ?? '')) return { kind: 'empty' };
  if (Status !== 'CREATE_COMPLETE') {
    return {
      kind: 'refused',
      reasons: [
        `The change set is ${Status}, and only one that is CREATE_COMPLETE can be judged. ${StatusReason ?? ''}`.trim(),
      ],
    };
  }
  const reasons = Changes.flatMap(({ ResourceChange }) => {
    if (ResourceChange == null || allowed.has(ResourceChange.LogicalResourceId)) return [];
    const lost = irreplaceable[ResourceChange.ResourceType];
    const harm = harmOf(ResourceChange);
    if (lost === undefined || harm === null) return [];
    const { LogicalResourceId, PhysicalResourceId, ResourceType } = ResourceChange;
    const which = PhysicalResourceId == null ? ResourceType : `${ResourceType} ${PhysicalResourceId}`;
    return [`${LogicalResourceId} (${which}) ${harm}. With it goes: ${lost}.`];
  });
  return reasons.length === 0 ? { kind: 'harmless', changes: Changes.length } : { kind: 'refused', reasons };
}

function harmOf({ Action, Replacement, PolicyAction, Scope, Details }: ResourceChange): string | null {
  const recreating = Details.flatMap(({ Target: { Name, RequiresRecreation } }) =>
    Name === undefined || RequiresRecreation === undefined || RequiresRecreation === 'Never' ? [] : [Name],
  );
  const because = recreating.length === 0 ? '' : `, since ${[...new Set(recreating)].join(', ')} would change`;
  if (Action === 'Remove') {
    return PolicyAction?.startsWith('Retain')
      ? 'would leave the stack: it stays, and no deployment looks after it any more'
      : 'would be deleted';
  }
  if (Action === 'Dynamic') return 'would change in a way that CloudFormation cannot say beforehand';
  if (Replacement === 'True') return `would be replaced${because}`;
  if (Replacement === 'Conditional') return `might be replaced${because}`;
  const policies = Scope.filter((one) => one === 'DeletionPolicy' || one === 'UpdateReplacePolicy');
  return policies.length === 0
    ? null
    : `would be kept otherwise than it was: its ${policies.join(' and ')} would change`;
}

/** CloudFormation's own refusal, whoever deploys and however: a stack policy for the stack with the data. */
export const stackPolicy = (allowed: 'nothing' | 'everything') => ({
  Statement: [
    { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' },
    ...(allowed === 'everything'
      ? []
      : [
          {
            Effect: 'Deny',
            Action: ['Update:Replace', 'Update:Delete'],
            Principal: '*',
            Resource: '*',
            Condition: { StringEquals: { ResourceType: Object.keys(irreplaceable) } },
          },
        ]),
  ],
});
