import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { ecrRepositoryOf } from '../../contracts/image.ts';
import { type Use, wideResource } from '../use.ts';

type ImageRules = ServiceConfiguration['validation']['image'];

/** What is done with images, and for which services it has to be. */
const doings: readonly { actions: readonly string[]; when(rules: ImageRules): boolean }[] = [
  { actions: ['ecr:DescribeImages'], when: () => true },
  { actions: ['ecr:BatchGetImage', 'ecr:DescribeImageScanFindings'], when: ({ critical }) => critical !== null },
  { actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], when: readsFiles },
];

/** Signatures and SBOMs may lie beside the image. */
function readsFiles({ signature, sbom }: ImageRules): boolean {
  return signature === 'required' || sbom === 'required';
}

/**
 * Facts about images and what lies beside them, in the repositories that the configuration names, of whatever account and region; in every one of this
 * account and region for a service that names none. A repository of another account has to allow it too, by its own policy.
 */
export function readImages(scope: Construct, { services }: Configuration): Use {
  const rules = services.map(({ validation: { image } }) => image);
  const statements = doings.flatMap(({ actions, when }) => {
    const wanted = rules.filter(when).flatMap((one) => repositoriesOf(scope, one));
    const resources = [...new Set(wanted)].sort();
    return resources.length === 0 ? [] : [new PolicyStatement({ actions: [...actions], resources })];
  });
  const withoutResource = [
    ...(rules.some(readsFiles) ? ['ecr:GetAuthorizationToken'] : []),
    ...(rules.some(({ critical, scanner }) => critical !== null && scanner === 'inspector')
      ? ['inspector2:ListCoverage', 'inspector2:ListFindings']
      : []),
  ];
  if (withoutResource.length > 0) statements.push(new PolicyStatement({ actions: withoutResource, resources: ['*'] }));
  const wide = [...new Set(rules.flatMap((one) => repositoriesOf(scope, one)))].filter((arn) => arn.endsWith('*'));
  return {
    statements,
    acknowledged: wide.map((arn) =>
      wideResource(
        scope,
        arn,
        'As validation.image.repositories says, or, where it says nothing, those of this account and region: a release names its own. Only reading.',
      ),
    ),
  };
}

/** ARNs. */
function repositoriesOf(scope: Construct, { repositories }: ImageRules): string[] {
  const stack = Stack.of(scope);
  const of = { service: 'ecr', resource: 'repository' };
  if (repositories === null) return [stack.formatArn({ ...of, resourceName: '*' })];
  return repositories.map((name) => {
    const isAllBelow = name.endsWith('/*');
    const found = ecrRepositoryOf(isAllBelow ? name.replace(/\*$/, 'any') : name);
    if (found === null) throw new Error(`${name} is no repository of ECR; the configuration should have refused it.`);
    const { registryId: account, region, repositoryName } = found;
    const resourceName = isAllBelow ? repositoryName.replace(/any$/, '*') : repositoryName;
    return stack.formatArn({ ...of, account, region, resourceName });
  });
}
