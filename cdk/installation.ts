import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { missingBodyFiles } from '../contracts/configuration/body-files.ts';
import type { Configuration } from '../contracts/configuration/configuration.ts';
import {
  type ConfigurationProblem,
  formatProblems,
  parseConfiguration,
} from '../contracts/configuration/parse-configuration.ts';
import { InvalidConfiguration } from '../contracts/errors.ts';
import { wholeObject } from '../contracts/whole-object.ts';

/** One Sluice in one AWS account and region, for clusters of any region: `sluice.yaml`, and what only AWS needs to know, from the CDK context. */
export interface Installation {
  /** Begins every physical name: table, machines, functions, secrets. */
  readonly name: string;
  /** Where Sluice itself is. */
  readonly region: string;
  /** Sluice's own AWS account; null: that of whoever deploys. Known wherever a cluster is in another one. */
  readonly account: string | null;
  /** Path of `sluice.yaml`; the bodies of its checks lie beside it. */
  readonly file: string;
  readonly configuration: Configuration;
  readonly signIn: SignInService;
  /** ARN of the certificate for the host of `urls`; null: API Gateway's own address, or one that somebody else points here. */
  readonly certificate: string | null;
  /** Where functions run that reach the clusters or Prometheus; null: outside of any VPC, for public addresses. */
  readonly network: Network | null;
  /** Whether functions that have to find room keep some for themselves (contracts/reserved-concurrency.ts), which small accounts do not have. */
  readonly reserved: 'on' | 'off';
  /** `off` until the first deployment has succeeded: what is protected against deletion cannot be cleared away after one that failed. */
  readonly protection: 'on' | 'off';
  /** On everything that can be tagged. */
  readonly tags: Readonly<Record<string, string>>;
  /** ARN of the policy that bounds every role; null: none. */
  readonly permissionsBoundary: string | null;
}

/** Who signs the tokens of people, and for whom. */
export interface SignInService {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** The claim that names a person: `email`, compared with `people[].mail`, or another, compared with `people[].signIn`. */
  readonly nameClaim: string;
  /** By which the console signs browsers in; null: no console, only the command line. */
  readonly console: { readonly client: string; readonly authorize: string; readonly token: string } | null;
}

export interface Network {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** Tables of the subnets, for the gateway endpoints of DynamoDB and S3. None: the VPC has them already. */
  readonly routeTableIds: readonly string[];
}

const list = z.string('is missing').transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const idsOf = (kind: string) =>
  list.pipe(z.array(z.string().regex(new RegExp(`^${kind}-[0-9a-f]+$`), `must be ids like ${kind}-0a1b2c3d`)));

const tagsOf = list.pipe(
  z
    .array(z.string().regex(/^[^=]{1,128}=[^=]{0,256}$/, 'must be name=value, separated by commas'))
    .transform((pairs) => Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))), // by the pattern
);

const httpsAddress = (which: string) => z.url({ protocol: /^https$/, error: `must be the https address ${which}` });

const noFile = 'is missing: which sluice.yaml is to be installed';

const contextSchema = z
  .object({
    configuration: z.string(noFile).min(1, noFile),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be at most 20 of a-z, 0-9 and dash')
      .default('sluice'),
    issuer: httpsAddress('of who signs the tokens of people'),
    audience: list.pipe(z.array(z.string()).min(1, 'must name at least one audience')),
    claim: z.string().min(1).default('email'),
    client: z.string().min(1).optional(),
    authorize: httpsAddress('where the sign-in service asks people who they are').optional(),
    token: httpsAddress('where the sign-in service gives a token for a code').optional(),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region like eu-central-1')
      .optional(),
    account: z
      .string()
      .regex(/^\d{12}$/, 'must be an AWS account, 12 digits')
      .optional(),
    certificate: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/,
        'must be the ARN of a certificate in ACM',
      )
      .optional(),
    vpc: idsOf('vpc').pipe(z.array(z.string()).length(1, 'must be one id')).optional(),
    subnets: idsOf('subnet').default([]),
    routeTables: idsOf('rtb').default([]),
    reserved: z.enum(['on', 'off'], 'must be on or off').default('on'),
    protection: z.enum(['on', 'off'], 'must be on or off').default('on'),
    tags: tagsOf.default({}),
    permissionsBoundary: z
      .string()
      .regex(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/, 'must be the ARN of a managed policy')
      .optional(),
  })
  .refine(({ vpc, subnets }) => (vpc === undefined) === (subnets.length === 0), {
    path: ['subnets'],
    error: 'must be given together with vpc',
    ...wholeObject,
  })
  .refine(
    ({ client, authorize, token }) => new Set([client, authorize, token].map((one) => one === undefined)).size === 1,
    {
      path: ['client'],
      error: 'must be given together with authorize and token: by them the console signs browsers in',
      ...wholeObject,
    },
  );
/** What `-c` takes. */
export const contextKeys = Object.keys(contextSchema.shape);

/** Path of the example's `sluice.yaml`. */
export const exampleFile = join(import.meta.dirname, 'example', 'sluice.yaml');
/** What the example needs of the context. Only the example has it: nobody shall trust example.com by forgetting a flag, or deploy it over an installation. */
const exampleContext = {
  name: 'sluice-example',
  issuer: 'https://login.example.com/',
  audience: 'sluice',
  client: 'sluice',
  authorize: 'https://login.example.com/authorize',
  token: 'https://login.example.com/token',
};

/**
 * Reads the installation: `-c configuration=sluice.yaml -c issuer=https://… -c audience=…`, and where wanted `claim`, for the console
 * `client`, `authorize`, `token`, and `name`, `region`, `account`, `certificate`, `vpc`, `subnets`, `routeTables` (ids, separated by commas), `reserved`, `protection`, `tags`,
 * `permissionsBoundary`. The example needs nothing but its name, `-c configuration=cdk/example/sluice.yaml`.
 *
 * @throws {InvalidConfiguration} with every problem of the file (path and line) and of the context.
 */
export function readInstallation(contextValue: (key: string) => unknown): Installation {
  const given = Object.fromEntries(
    contextKeys.map((key) => [key, contextValue(key)] as const).filter(([, value]) => value !== undefined),
  );
  const file = String(given.configuration ?? '');
  const configuration = readConfigurationFile(file);
  // Who names an issuer has an installation of their own, and no part of it may trust example.com.
  const isExample = resolve(file) === exampleFile && given.issuer === undefined;
  const context = contextSchema.safeParse(isExample ? { ...exampleContext, ...given } : given);
  const needsAccount =
    configuration.ok &&
    context.success &&
    context.data.account === undefined &&
    configuration.configuration.clusters.some(({ account }) => account !== undefined);
  if (configuration.ok && context.success && !needsAccount) {
    const { name, issuer, audience, claim, client, authorize, token, region, certificate, vpc, subnets, routeTables } =
      context.data;
    const { account, reserved, protection, tags, permissionsBoundary } = context.data;
    const [vpcId] = vpc ?? [];
    return {
      name,
      region: region ?? regionOf(configuration.configuration),
      account: account ?? null,
      file,
      configuration: configuration.configuration,
      signIn: {
        issuer,
        audience,
        nameClaim: claim,
        // The schema has all three or none.
        console: client && authorize && token ? { client, authorize, token } : null,
      },
      certificate: certificate ?? null,
      network: vpcId === undefined ? null : { vpcId, subnetIds: subnets, routeTableIds: routeTables },
      reserved,
      protection,
      tags,
      permissionsBoundary: permissionsBoundary ?? null,
    };
  }
  const lines = [
    ...(configuration.ok || file === '' ? [] : [formatProblems(configuration.problems, file)]),
    ...(needsAccount
      ? [
          'context: account: is missing: clusters[].account names other accounts, so Sluice’s own must be told (-c account=…)',
        ]
      : []),
    ...(context.error?.issues ?? []).map(
      // An id in a list is a matter of the whole value.
      ({ path: [key], message }) => `context: ${String(key)}: ${message} (-c ${String(key)}=…)`,
    ),
  ];
  throw new InvalidConfiguration(`Nothing was synthesized:\n${lines.join('\n')}`);
}

/** The example as it stands under the usual name, for tests and measurements. */
export const readExample = (): Installation => {
  const context: Readonly<Record<string, string>> = { configuration: exampleFile, name: 'sluice' };
  return readInstallation((key) => context[key]);
};

type Read = { ok: true; configuration: Configuration } | { ok: false; problems: readonly ConfigurationProblem[] };

function readConfigurationFile(file: string): Read {
  if (!existsSync(file)) return { ok: false, problems: [{ path: '', line: null, message: 'there is no such file' }] };
  const text = readFileSync(file, 'utf8');
  const parsed = parseConfiguration(text);
  if (!parsed.ok) return parsed;
  const problems = missingBodyFiles(text, parsed.configuration, (body) => existsSync(join(dirname(file), body)));
  return problems.length === 0 ? parsed : { ok: false, problems };
}

/** Of the first cluster that says one. */
const regionOf = ({ clusters }: Configuration): string =>
  clusters.find(({ region }) => region !== undefined)?.region ?? process.env.CDK_DEFAULT_REGION ?? 'us-east-1';

/** Where a cluster is. */
export const regionOfCluster = ({ configuration, region }: Installation, cluster: string): string =>
  configuration.clusters.find(({ name }) => name === cluster)?.region ?? region;

/** In which account a cluster is; null: in Sluice's own. */
export function accountOfCluster({ configuration, account }: Installation, cluster: string): string | null {
  const said = configuration.clusters.find(({ name }) => name === cluster)?.account ?? null;
  return said === account ? null : said;
}

/** The clusters on which services run, or their Argo CD, sorted. */
export const clustersOf = ({ configuration: { services } }: Installation): string[] =>
  [...new Set(services.flatMap(({ cluster, argocd }) => [cluster, argocd.cluster]))].sort();

/** Those of a region, in one account. @param account null: Sluice's own. */
export const clustersIn = (installation: Installation, region: string, account: string | null = null): string[] =>
  clustersOf(installation).filter(
    (cluster) =>
      regionOfCluster(installation, cluster) === region && accountOfCluster(installation, cluster) === account,
  );

/** Where a stack goes: the account that is told, else Sluice's own, which is that of whoever deploys it unless told. */
export function environmentIn(
  installation: Pick<Installation, 'account'>,
  region: string,
  account: string | null = null,
): { region: string; account?: string } {
  const known = account ?? installation.account ?? process.env.CDK_DEFAULT_ACCOUNT;
  return { region, ...(known === undefined ? {} : { account: known }) };
}

/** The name of the stack with what cannot be made again. */
export const dataStackName = ({ name }: Pick<Installation, 'name'>): string => `${name}-data`;
