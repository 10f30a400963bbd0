import type { Command } from 'commander';
import { stringify } from 'yaml';
import { type RoleManifest, rolesIn } from '../../core/cluster/roles.ts';
import { usageError } from '../exit.ts';
import { addCommand } from '../options.ts';
import { readConfigurationFile, usualConfiguration } from '../read-configuration.ts';
import { type OutputFlags, print } from '../session.ts';
import type { World } from '../world.ts';

/** Flags of commands about the installation itself. */
export interface InstallationFlags {
  /** Begins every physical name. */
  readonly name: string;
}

/** `sluice cluster-roles`: needs no server and no cluster. */
export function addClusterRoles(program: Command, world: World): void {
  addCommand(program, {
    name: 'cluster-roles <cluster> [file]',
    summary: 'Print the Roles and RoleBindings that Sluice’s functions need in a cluster, for kubectl.',
    examples: [
      'cluster-roles production sluice.yaml | kubectl apply -f -',
      'cluster-roles production | kubectl diff -f -',
    ],
  })
    .option('--name <name>', 'of the installation', 'sluice')
    .action(async (cluster: string, file: string | undefined, flags: OutputFlags & InstallationFlags) => {
      const path = file ?? usualConfiguration;
      const configuration = await readConfigurationFile(world, path);
      const items = rolesIn(configuration, cluster, flags.name);
      if (items.length === 0) {
        const clusters = [...new Set(configuration.services.flatMap((one) => [one.cluster, one.argocd.cluster]))].join(
          ', ',
        );
        throw usageError(`No service of ${path} runs on ${cluster}.`, `There are: ${clusters}`);
      }
      // A list is a document that kubectl takes, as the text is.
      print({ world, flags }, { apiVersion: 'v1', kind: 'List', items }, manifestLines);
    });
}

const manifestLines = ({ items }: { readonly items: readonly RoleManifest[] }): string[] =>
  items.flatMap((item) => ['---', stringify(item).trimEnd()]);
