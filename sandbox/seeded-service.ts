import type { Configuration, ServiceConfiguration } from '../contracts/configuration/configuration.ts';
import type { EnvironmentName } from '../contracts/names.ts';
import { type CiRules, goodMetrics, type ModelMetrics, usualCi } from './github/ci-files.ts';

/** What the stand-ins of GitHub and of the registry are filled with for one service. */
export interface SeededService {
  readonly name: string;
  /** `owner/name` */
  readonly repository: string;
  /** GitHub's id of it. */
  readonly repositoryId: number;
  /** The branch whose pushes CI answers. */
  readonly branch: string;
  /** The branches beside it that it answers. */
  readonly trigger?: Pick<ServiceConfiguration['trigger'], 'hotfixBranches' | 'mergeQueue'>;
  readonly ci: CiRules;
  /** Files that every commit has. */
  readonly documents: readonly string[];
  readonly deploy: {
    readonly repository: string;
    readonly repositoryId: number;
    /** Folder of the chart. */
    readonly path: string;
    readonly branches: Readonly<Record<EnvironmentName, string>>;
  };
  /** Of a fork that somebody else has. */
  readonly forkId: number;
}

/** What its pods stand for: the classifier of the sandbox's own configuration, or any web service. */
export const isClassifier = ({ health }: Pick<ServiceConfiguration, 'health'>): boolean =>
  health.checks.some(({ path }) => path === '/predict');

const firstId = 412_000_101;

/** GitHub, CI and the registry as a configuration needs them, for each of its services. */
export function seededServices({ services }: Pick<Configuration, 'services'>): readonly SeededService[] {
  const taken = new Set(services.map(({ jobs }) => jobs?.repositoryId));
  let last = firstId - 1;
  const nextId = (): number => {
    do last += 1;
    while (taken.has(last));
    return last;
  };
  return services.map((service): SeededService => {
    const { name, repository, trigger, gitops, environments } = service;
    return {
      name,
      repository,
      repositoryId: service.jobs?.repositoryId ?? nextId(),
      branch: trigger.branch,
      trigger,
      ci: ciOf(service),
      documents: service.validation.compliance.documents,
      deploy: {
        repository: gitops.repository,
        repositoryId: nextId(),
        path: gitops.path,
        branches: { blue: environments.blue.branch, green: environments.green.branch },
      },
      forkId: nextId(),
    };
  });
}

/** A CI that proves of each release what the configuration asks for. */
function ciOf(service: ServiceConfiguration): CiRules {
  const { staging, requiredChecks } = service.validation;
  const [creator = usualCi.staging.creator] = staging?.createdBy ?? [];
  return {
    image: imageOf(service),
    workflow: service.trigger.workflow,
    checks: [...new Set([...usualCi.checks, ...requiredChecks.map(({ name }) => name)])],
    metrics: metricsOf(service),
    staging: {
      environment: staging?.environment ?? usualCi.staging.environment,
      // `app/slug` is how a configuration names what GitHub calls `slug[bot]`.
      creator: creator.replace(/^app\/(.+)$/, '$1[bot]'),
    },
  };
}

/** Where CI puts the images: the first repository that is allowed. */
function imageOf({ name, validation: { image } }: ServiceConfiguration): string {
  const [first = `123456789012.dkr.ecr.us-east-1.amazonaws.com/${name}`] = image.repositories ?? [];
  return first.replace(/\/\*$/, `/${name}`);
}

/** Metrics of a model that keeps every bound; none where the service has no model. */
function metricsOf(service: ServiceConfiguration): ModelMetrics {
  const bounds = Object.entries(service.validation.model);
  const known = isClassifier(service) ? goodMetrics : {};
  return {
    ...known,
    ...Object.fromEntries(
      bounds.map(([name, { min, max }]): [string, number] => {
        const usual = known[name];
        const keeps = usual !== undefined && usual >= (min ?? usual) && usual <= (max ?? usual);
        // Each release has the same, which keeps every margin beside the live one as well.
        return [name, keeps ? usual : (min ?? max ?? 1)];
      }),
    ),
  };
}
