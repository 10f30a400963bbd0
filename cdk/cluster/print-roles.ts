import { stringify } from 'yaml';
import { readConfiguration } from '../../functions/shared/environment.ts';
import { rolesIn } from './roles.ts';

/** `node cdk/cluster/print-roles.ts CLUSTER [sluice.yaml] [name of the installation]`: manifests for `kubectl apply -f -`. */
const [cluster, file = 'sluice.yaml', prefix = 'sluice'] = process.argv.slice(2);
const roles = cluster === undefined ? [] : rolesIn(readConfiguration(file), cluster, prefix);
if (roles.length === 0) {
  console.error('Say which cluster, as services name it: node cdk/cluster/print-roles.ts CLUSTER [sluice.yaml]');
  process.exitCode = 2;
}
for (const role of roles) console.log(`---\n${stringify(role)}`);
