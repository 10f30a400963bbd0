import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ClusterAccess } from '../constructs/cluster-access.ts';
import {
  accountOfCluster,
  clustersIn,
  clustersOf,
  environmentIn,
  type Installation,
  regionOfCluster,
} from '../installation.ts';
import { applyDefaults } from './stack-defaults.ts';

interface ClusterAccessProps {
  readonly installation: Installation;
  readonly region: string;
  /** Null: Sluice's own. */
  readonly account: string | null;
}

/** What lets Sluice into clusters of a region or an account in which it is not itself. */
export class ClusterAccessStack extends Stack {
  constructor(scope: Construct, id: string, { installation, region, account }: ClusterAccessProps) {
    const where = account === null ? region : `${region} in account ${account}`;
    super(scope, id, {
      description: `Sluice: access to the clusters of ${where}.`,
      env: environmentIn(installation, region, account),
    });
    new ClusterAccess(this, 'Clusters', { installation, clusters: clustersIn(installation, region, account) });
    applyDefaults(this, installation);
  }
}

/** One for each region and account besides Sluice's own, after Sluice: its roles have to be there. */
export function addClusterAccessStacks(scope: Construct, installation: Installation, sluice: Stack): void {
  const places = new Map<string, Omit<ClusterAccessProps, 'installation'>>();
  for (const cluster of clustersOf(installation)) {
    const region = regionOfCluster(installation, cluster);
    const account = accountOfCluster(installation, cluster);
    if (region === installation.region && account === null) continue;
    places.set([installation.name, ...(account === null ? [] : [account]), region].join('-'), { region, account });
  }
  for (const [id, place] of places) {
    new ClusterAccessStack(scope, id, { installation, ...place }).addStackDependency(sluice);
  }
}
