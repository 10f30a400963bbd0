import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ClusterAccess } from '../constructs/cluster-access.ts';
import { clustersIn, environmentIn, type Installation, regionOfCluster } from '../installation.ts';
import { applyDefaults } from './stack-defaults.ts';

/** What lets Sluice into clusters of a region in which it is not itself. */
export class ClusterAccessStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { installation, region }: { readonly installation: Installation; readonly region: string },
  ) {
    super(scope, id, { description: `Sluice: access to the clusters of ${region}.`, env: environmentIn(region) });
    new ClusterAccess(this, 'Clusters', { installation, clusters: clustersIn(installation, region) });
    applyDefaults(this, installation);
  }
}

/** One for each region besides Sluice's own, after Sluice: its roles have to be there. */
export function addClusterAccessStacks(scope: Construct, installation: Installation, sluice: Stack): void {
  const regions = installation.configuration.services.map(({ cluster }) => regionOfCluster(installation, cluster));
  for (const region of new Set(regions.filter((one) => one !== installation.region))) {
    new ClusterAccessStack(scope, `${installation.name}-${region}`, { installation, region }).addStackDependency(
      sluice,
    );
  }
}
