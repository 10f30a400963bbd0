import { Stack } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Construct } from 'constructs';
import { clusterFunctionNames, groupOf } from '../../core/cluster/roles.ts';
import type { Installation } from '../installation.ts';
import { roleNameOf } from './sluice-function.ts';

/**
 * Lets the functions' roles into clusters of this stack's region and account, each as a group of its own and with no access policy of EKS: nobody of
 * Sluice is an administrator. What a group may is said inside the cluster (core/cluster). The clusters' authentication mode has to
 * include API. A role of another account enters as it is: nobody assumes a second one (docs/adr/0083).
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html: an entry of type STANDARD may be of another account.
 */
export class ClusterAccess extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { installation, clusters }: { readonly installation: Installation; readonly clusters: readonly string[] },
  ) {
    super(scope, id);
    for (const clusterName of clusters) {
      for (const name of clusterFunctionNames) {
        new CfnAccessEntry(this, `${clusterName}-${name}`, {
          clusterName,
          // By its name, since the role may be of a stack in another region.
          principalArn: Stack.of(this).formatArn({
            service: 'iam',
            region: '',
            ...(installation.account === null ? {} : { account: installation.account }),
            resource: 'role',
            resourceName: roleNameOf(installation, name),
          }),
          kubernetesGroups: [groupOf(installation.name, name)],
          type: 'STANDARD',
        });
      }
    }
  }
}
