import { dirname, join } from 'node:path';
import { targetsFor } from '../../adapters/traffic/other-routes.ts';
import type { EnvironmentTargets } from '../../adapters/traffic/weighted-route.ts';
import type { Autoscaler } from '../../contracts/configuration/autoscaler.ts';
import { formatProblems, parseConfiguration } from '../../contracts/configuration/parse-configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { type ReadyFile, readReadyFile } from '../connection/ready-file.ts';
import { CliError, exitCodes, usageError } from '../exit.ts';
import type { World } from '../world.ts';
import type { KubectlFlags } from './kubectl.ts';
import type { Route } from './route-patch.ts';

/** What says which route is meant. */
export interface RouteFlags extends KubectlFlags {
  readonly config?: string;
  readonly service?: string;
  /** `namespace/name`; with it no configuration is needed. */
  readonly route?: string;
  readonly router: Route['router'];
  readonly readyFile?: string;
}

export interface FoundRoute {
  readonly route: Route;
  /** Null without a configuration: then the live route tells. */
  readonly targets: EnvironmentTargets | null;
  readonly kubectl: KubectlFlags;
  /** The Deployment of each environment; null without a configuration. */
  readonly workloads: Readonly<Record<EnvironmentName, { readonly namespace: string; readonly name: string }>> | null;
  /** By what its environments get their pods; null without a configuration. */
  readonly autoscaler: Autoscaler | null;
}

/** The route by `--route`, or of a service of sluice.yaml: here, or that of a sandbox that runs from here. @throws {CliError} usage. */
export async function findRoute(world: World, flags: RouteFlags): Promise<FoundRoute> {
  const ready = await readReadyFile(world, flags.readyFile ?? world.env.SLUICE_READY_FILE);
  const kubectl = kubectlOf(world, flags, ready);
  if (flags.route !== undefined) {
    const [, namespace, name] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(flags.route) ?? [];
    if (namespace === undefined || name === undefined) {
      throw usageError(`--route takes NAMESPACE/NAME, not ${JSON.stringify(flags.route)}.`);
    }
    return {
      route: { router: flags.router, namespace, name, rules: null },
      targets: null,
      kubectl,
      workloads: null,
      autoscaler: null,
    };
  }
  const service = await findService(world, flags, ready);
  const { router, route, targetGroups, rules } = service.traffic;
  const workloadIn = (environment: EnvironmentName) => ({
    namespace: service.environments[environment].namespace,
    name: service.name,
  });
  const workloads = { blue: workloadIn('blue'), green: workloadIn('green') };
  const serviceIn = (environment: EnvironmentName) => ({
    namespace: service.environments[environment].namespace,
    name: service.environments[environment].backend,
  });
  const services = { blue: serviceIn('blue'), green: serviceIn('green') };
  const targets = targetsFor(router, { services, targetGroups });
  return { route: { router, ...route, rules }, targets, kubectl, workloads, autoscaler: service.autoscaler };
}

function kubectlOf(world: World, { kubeconfig, context }: RouteFlags, ready: ReadyFile | null): KubectlFlags {
  const ambient = world.env.KUBECONFIG ? undefined : ready?.kubeconfig;
  return { kubeconfig: kubeconfig ?? ambient, context };
}

async function findService(world: World, flags: RouteFlags, ready: ReadyFile | null): Promise<ServiceConfiguration> {
  const beside = ready === null ? [] : [join(dirname(ready.kubeconfig), 'sluice.yaml')];
  const candidates = flags.config === undefined ? ['sluice.yaml', ...beside] : [flags.config];
  for (const file of candidates) {
    const text = await world.readFile(file).catch(() => null);
    if (text === null) continue;
    const parsed = parseConfiguration(text);
    if (!parsed.ok) {
      const problems = formatProblems(parsed.problems, file);
      const advice = `${problems}\nNever mind it now: pass --route NAMESPACE/NAME.`;
      throw new CliError('InvalidConfiguration', exitCodes.usage, `${file} has problems.`, advice);
    }
    return chooseService(parsed.configuration.services, flags.service ?? world.env.SLUICE_SERVICE);
  }
  throw usageError(`There is no ${candidates.join(' or ')}.`, 'Pass --config PATH, or --route NAMESPACE/NAME.');
}

function chooseService(services: readonly ServiceConfiguration[], named: string | undefined): ServiceConfiguration {
  const [only] = services;
  const found = named === undefined && services.length === 1 ? only : services.find(({ name }) => name === named);
  if (found !== undefined) return found;
  throw usageError('Pass --service to say which one is meant.', services.map(({ name }) => name).join(', '));
}
