import type { Command } from 'commander';
import type { ClusterPlace, InstallationOnAws } from '../../adapters/installation/installation-on-aws.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { createApi } from '../connection/api.ts';
import { ownRegion, resolveConnection } from '../connection/connection.ts';
import { checkAddress } from '../doctor/check-address.ts';
import { checkAws, placesOf } from '../doctor/check-aws.ts';
import { checkGitHub } from '../doctor/check-github.ts';
import { checkInside } from '../doctor/check-inside.ts';
import { checkObjectives } from '../doctor/check-objectives.ts';
import { checkServices } from '../doctor/check-services.ts';
import type { checkTrustRoots } from '../doctor/check-trust-roots.ts';
import { type Finding, looked, unknown } from '../doctor/finding.ts';
import { endedAs, unreachable } from '../exit.ts';
import { addServerCommand } from '../options.ts';
import { readConfigurationFile, usualConfiguration } from '../read-configuration.ts';
import { print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';
import type { InstallationFlags } from './cluster-roles.ts';

interface DoctorFlags extends SharedFlags, InstallationFlags {
  readonly region?: string;
  readonly aws: boolean;
}

/** `sluice doctor` */
export function addDoctor(program: Command, world: World): void {
  addServerCommand(program, {
    name: 'doctor [file]',
    summary:
      'Check whether an installation is complete, and name what is missing. It asks Sluice itself and, with your AWS keys and kubectl, everything around it. It changes nothing.',
    examples: ['doctor sluice.yaml --url https://sluice.example.com', 'doctor --no-aws --output json'],
  })
    .option('--name <name>', 'of the installation', 'sluice')
    .option('--region <region>', 'of the installation (else: of its clusters, AWS_REGION, the AWS profile)')
    .option('--no-aws', 'ask only Sluice itself')
    .action(async (file: string | undefined, flags: DoctorFlags) => {
      const connection = await resolveConnection(world, flags);
      const asked = [
        looked('Sluice answers', () => checkAddress(world, connection.url)),
        looked('The control API answers you', () => checkServices(createApi(world, connection))),
      ];
      if (flags.aws) {
        const configuration = await readConfigurationFile(world, file ?? usualConfiguration);
        asked.push(looked('AWS', () => checkAround(world, configuration, { ...flags, url: connection.url })));
        asked.push(
          looked('Trust roots of signatures', () => checkRoots(world, configuration, file ?? usualConfiguration)),
        );
      }
      const findings = (await Promise.all(asked)).flat();
      print({ world, flags }, { findings }, () => findings.flatMap(findingLines));
      const count = (wanted: Finding['state']) => findings.filter(({ state }) => state === wanted).length;
      const [lacking, unseen] = [count('missing'), count('unknown')];
      if (lacking > 0) throw endedAs('Incomplete', `${lacking} of ${findings.length} things are missing.`);
      if (unseen > 0) throw unreachable(`${unseen} of ${findings.length} things could not be looked at.`, null);
    });
}

/** AWS, GitHub by Sluice's own token, and the insides of the clusters. */
async function checkAround(
  world: World,
  configuration: Configuration,
  flags: DoctorFlags & { readonly url: string },
): Promise<readonly Finding[]> {
  const { name, url } = flags;
  const ofClusters = configuration.clusters.find((one) => one.region)?.region;
  const region = flags.region ?? ofClusters ?? (await ownRegion(world));
  if (!region)
    return [unknown('AWS', 'nobody says in which region (--region, AWS_REGION, or a region in the AWS profile)')];
  const { openAround } = await import('../doctor/open-around.ts');
  const { aws, metrics, ...tokens } = openAround(world, { configuration, name, region });
  const clusters = placesOf(configuration, region);
  const found = await Promise.all([
    checkAws(aws, { configuration, name, region, url }),
    looked('GitHub', () => checkGitHub(tokens, configuration, world.now())),
    checkObjectives(metrics, configuration),
    ...clusters.map((cluster) =>
      looked(`Inside cluster ${cluster.name}`, () => goInside(world, aws, { configuration, cluster, name })),
    ),
  ]);
  return found.flat();
}

/** Loaded only when it is wanted. */
async function checkRoots(...asked: Parameters<typeof checkTrustRoots>): Promise<readonly Finding[]> {
  const loaded = await import('../doctor/check-trust-roots.ts');
  return loaded.checkTrustRoots(...asked);
}

async function goInside(
  world: World,
  aws: InstallationOnAws,
  where: { configuration: Configuration; cluster: ClusterPlace; name: string },
): Promise<readonly Finding[]> {
  const { name } = where.cluster;
  const { account, address } = where.configuration.clusters.find((one) => one.name === name) ?? {};
  // EKS says nothing about a cluster of another account, whose address is written down.
  const found = account === undefined ? await aws.cluster(where.cluster) : (address ?? null);
  // That it is missing is said where clusters are looked for.
  return found === null ? [] : checkInside(world, { ...where, cluster: name, endpoint: found.endpoint });
}

const words = { ok: 'ok     ', missing: 'MISSING', unknown: 'unknown' } as const;
const findingLines = ({ what, state, detail, fix }: Finding): string[] => [
  `${words[state]}  ${what}${detail === null ? '' : `: ${detail}`}`,
  ...(fix === null ? [] : [`         ${fix}`]),
];
