import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Construct } from 'constructs';
import { clusterFunctionNames, groupOf } from '../../core/cluster/roles.ts';
import type { Installation } from '../installation.ts';
import { clusterNamesOf, type SluiceFunctions } from './sluice-functions.ts';

/**
 * Lets the functions' roles into each cluster, each as a group of its own and with no access policy of EKS: nobody of Sluice is an
 * administrator. What a group may is said inside the cluster (core/cluster). The clusters' authentication mode has to include API.
 */
export class ClusterAccess extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { readonly installation: Installation; readonly functions: SluiceFunctions },
  ) {
    super(scope, id);
    const { installation, functions } = props;
    for (const clusterName of clusterNamesOf(installation.configuration)) {
      for (const name of clusterFunctionNames) {
        new CfnAccessEntry(this, `${clusterName}-${name}`, {
          clusterName,
          principalArn: functions.named(name).role.roleArn,
          kubernetesGroups: [groupOf(installation.name, name)],
          type: 'STANDARD',
        });
      }
    }
  }
}
