import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSessions } from '../functions/api/sessions.ts';
import { type Environment, systemNow } from '../functions/shared/environment.ts';
import { createDemoPods } from './app/demo-pods.ts';
import { startLoad } from './app/load.ts';
import { authenticateEksToken } from './aws/authenticate-eks-token.ts';
import { startDynamoDb } from './aws/start-dynamodb.ts';
import { type RegistryImage, startEcr } from './aws/start-ecr.ts';
import { startEks } from './aws/start-eks.ts';
import { invokeThroughLambda, startEvents } from './aws/start-events.ts';
import { startLambda } from './aws/start-lambda.ts';
import { startSecretsManager } from './aws/start-secrets-manager.ts';
import { startSes } from './aws/start-ses.ts';
import { writeConfiguration } from './configuration.ts';
import { accessKeyIdOf, accessKeysOf, loadCredentials } from './credentials.ts';
import { lockDataDirectory } from './data-directory.ts';
import { createFrontApp, openFront } from './front.ts';
import { createFunctions, type FunctionName, lambdaNameOf } from './functions.ts';
import type { ListedRelease } from './github/list-releases.ts';
import { createSeed, deployRepository, seededAccounts, seededImage, serviceRepository } from './github/seed.ts';
import { startGitHub } from './github/start-github.ts';
import { installMachines, installTable, machineNames, tableName } from './install.ts';
import { installCluster } from './install-cluster.ts';
import { describeProblem } from './journal/journal.ts';
import { createPodLogs } from './kubernetes/controllers/pod-logs.ts';
import { startControllers } from './kubernetes/controllers/start-controllers.ts';
import { startKubernetes } from './kubernetes/start-kubernetes.ts';
import { createOwnRoutes } from './own-routes.ts';
import { choosePorts } from './ports.ts';
import type { Ready } from './ready.ts';
import { startRouter } from './router/router.ts';
import { startStepFunctions } from './stepfunctions/start-step-functions.ts';

export interface SandboxOptions {
  readonly port: number;
  readonly dataDir: string;
  readonly load: boolean;
  /** Told of what a person should know, one line each; never a secret. */
  readonly log: (line: string) => void;
}

export interface Sandbox {
  readonly ready: Ready;
  close(): Promise<void>;
}

const region = 'us-east-1';
const accountId = '123456789012';
const cluster = 'production';
const secretNames = {
  githubWebhook: 'sluice/github-webhook',
  alertmanagerToken: 'sluice/alertmanager-token',
  apiToken: 'sluice/api-token',
  githubToken: 'sluice/github-token',
} as const;
const arnOfMachine = (name: string) => `arn:aws:states:${region}:${accountId}:stateMachine:sluice-${name}`;
const arnOfFunction = (name: FunctionName) => `arn:aws:lambda:${region}:${accountId}:function:${lambdaNameOf(name)}`;

/** Starts everything on this machine and resolves once it answers: stand-ins first, then Sluice's functions, then the front. */
export async function startSandbox({ port, dataDir, load: withLoad, log }: SandboxOptions): Promise<Sandbox> {
  const ports = await choosePorts(port);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const unlock = await lockDataDirectory(dataDir);
  const started: { close(): Promise<void> }[] = [{ close: unlock }];
  const keep = async <T extends { close(): Promise<void> }>(starting: Promise<T> | T): Promise<T> => {
    const running = await starting;
    started.push(running);
    return running;
  };
  const close = async () => {
    for (const part of started.splice(0).reverse()) await part.close().catch((error) => log(`While ending: ${error}`));
  };

  try {
    const credentials = await loadCredentials(dataDir);
    const keys = accessKeysOf(credentials);
    const pods = createDemoPods();
    const problem = (of: string) => (what: unknown) =>
      log(`${of}: ${what instanceof Error ? what.message : JSON.stringify(what)}`);

    const [dynamodb, ses, router, kubernetes, github, secrets] = await Promise.all([
      keep(startDynamoDb({ port: ports.dynamodb, dataDir })),
      keep(startSes({ port: ports.mail })),
      keep(
        startRouter({
          port: ports.traffic,
          adminPort: ports.statistics,
          previewPorts: { blue: ports.previewBlue, green: ports.previewGreen },
        }),
      ),
      keep(
        startKubernetes({
          port: ports.kubernetes,
          dataDir,
          authenticate: (token) => {
            const user = authenticateEksToken(token, keys, { cluster });
            return user === null ? null : { user: user.user, groups: [...user.groups] };
          },
          onProblem: (what) => (typeof what === 'string' ? log(what) : problem('Kubernetes')(what)),
        }),
      ),
      keep(
        createSeed({ chartDir: join(import.meta.dirname, '..', 'charts', 'service') }).then((seed) =>
          startGitHub({
            port: ports.github,
            dataDir,
            tokens: [credentials.githubToken],
            ci: { repository: serviceRepository, branch: 'main', image: seededImage },
            accounts: seededAccounts,
            seed,
            onProblem: log,
          }),
        ),
      ),
      keep(
        startSecretsManager({
          port: ports.secretsmanager,
          dataDir,
          keys,
          secrets: Object.fromEntries(
            Object.entries(secretNames).map(([key, name]) => [name, credentials[key as keyof typeof secretNames]]), // its own keys
          ),
        }),
      ),
    ]);
    const [eks, ecr] = await Promise.all([
      keep(
        startEks({
          port: ports.eks,
          keys,
          describe: (name) =>
            name === cluster ? { endpoint: kubernetes.endpoint, caPem: kubernetes.caPem } : undefined,
        }),
      ),
      keep(startEcr({ port: ports.ecr, keys, images: () => github.releases().map(registryImage) })),
    ]);
    const environments = Promise.withResolvers<(name: FunctionName) => Environment>();
    const { functions, ready: functionsReady } = createFunctions(environments.promise);
    const lambda = await keep(startLambda({ port: ports.lambda, functions, keys }));
    const events = await keep(
      startEvents({
        port: ports.events,
        keys,
        rules: [
          {
            name: 'sluice-guardian',
            pattern: {
              source: ['aws.states'],
              'detail-type': ['Step Functions Execution Status Change'],
              detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
            },
            targets: [lambdaNameOf('guardian')],
          },
        ],
        invoke: invokeThroughLambda(lambda.endpoint, accessKeyIdOf('events')),
      }),
    );
    await keep(
      startControllers({
        cluster: { endpoint: kubernetes.endpoint, ca: kubernetes.caPem, token: kubernetes.adminToken },
        github: { endpoint: github.endpoint, token: credentials.githubToken },
        router,
        pods,
        hasImage: async (image) => github.releases().some(({ digest }) => image.endsWith(`@${digest}`)),
        onError: (controller, key, error) => problem(`${controller} ${key}`)(error),
      }),
    );
    kubernetes.setLogProvider(createPodLogs(pods));

    const front = await keep(openFront(ports.console));
    const endpoints = {
      lambda: lambda.endpoint,
      dynamodb: dynamodb.endpoint,
      ses: ses.endpoint,
      eks: eks.endpoint,
      ecr: ecr.endpoint,
      secretsmanager: secrets.endpoint,
      events: events.endpoint,
    };
    const { file, configuration } = await writeConfiguration(dataDir, {
      github: github.endpoint,
      console: front.endpoint,
      mail: ses.endpoint,
      statistics: router.adminEndpoint,
      previewBlue: router.previewEndpoints.blue,
      previewGreen: router.previewEndpoints.green,
    });
    const [service] = configuration.services;
    if (service === undefined) throw new Error('sandbox/sluice.yaml has no service.');

    const stepfunctions = await keep(
      startStepFunctions({
        port: ports.stepfunctions,
        dataDir,
        region,
        accountId,
        endpoints: { lambda: lambda.endpoint },
        credentials: { accessKeyId: accessKeyIdOf('states'), secretAccessKey: credentials.keys.states ?? '' },
        onStatusChange: (event) => void events.deliver(event),
        onFault: problem('Step Functions'),
      }),
    );
    for (const damage of stepfunctions.problems) log(describeProblem(damage));
    environments.resolve((name) => ({
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyIdOf(name),
      AWS_SECRET_ACCESS_KEY: credentials.keys[name],
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
      AWS_ENDPOINT_URL_SFN: stepfunctions.endpoint,
      AWS_ENDPOINT_URL_SESV2: endpoints.ses,
      AWS_ENDPOINT_URL_ECR: endpoints.ecr,
      AWS_ENDPOINT_URL_EKS: endpoints.eks,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsmanager,
      SLUICE_CONFIGURATION: file,
      SLUICE_TABLE: tableName,
      SLUICE_DEPLOYMENT_MACHINE: arnOfMachine('deployment'),
      SLUICE_ROLLBACK_MACHINE: arnOfMachine('rollback'),
      SLUICE_GITHUB_WEBHOOK_SECRET: secretNames.githubWebhook,
      SLUICE_ALERTMANAGER_TOKEN_SECRET: secretNames.alertmanagerToken,
      SLUICE_API_TOKEN_SECRET: secretNames.apiToken,
      SLUICE_API_IDENTITY: 'token-header',
      SLUICE_CONSOLE: join(import.meta.dirname, '..', 'console'),
      SLUICE_GITHUB_TOKEN_SECRET: secretNames.githubToken,
    }));
    const arns = {
      ...Object.fromEntries(
        (['release', 'operation', 'observe', 'act', 'return-traffic', 'notify'] as const).map((name) => [
          name,
          arnOfFunction(name),
        ]),
      ),
      ...Object.fromEntries(machineNames.map((name) => [name, arnOfMachine(name)])),
    };
    await Promise.all([
      installTable(dynamodb.endpoint),
      functionsReady,
      installMachines(stepfunctions.endpoint, arns),
      installCluster(
        { endpoint: kubernetes.endpoint, ca: kubernetes.caPem, token: kubernetes.adminToken },
        service,
        async (environment) => headOf(github.endpoint, credentials.githubToken, environment),
      ),
    ]);
    const traffic = withLoad
      ? await keep(startLoad({ trafficEndpoint: router.endpoint, host: service.traffic.host ?? service.name }))
      : null;
    const own = createOwnRoutes({ pods, router, load: traffic, github });
    front.serve(await createFrontApp(await environments.promise, own));
    const sessions = createSessions({
      apiToken: async () => ({ current: credentials.apiToken, previous: null }),
      now: systemNow,
    });
    const operator = configuration.people[0]?.mail ?? 'operator@example.com';
    const { value: key } = await sessions.issue('link', operator);

    const ready: Ready = {
      console: front.endpoint,
      signIn: `${front.endpoint}/?key=${key}`,
      githubWebhook: `${front.endpoint}/webhooks/github`,
      alertmanagerWebhook: `${front.endpoint}/webhooks/alertmanager`,
      mail: ses.endpoint,
      traffic: router.endpoint,
      host: service.traffic.host ?? service.name,
      kubeconfig: kubernetes.kubeconfigPath,
      github: github.endpoint,
      statistics: router.adminEndpoint,
      endpoints: { stepfunctions: stepfunctions.endpoint, ...endpoints },
      secrets: {
        githubWebhook: credentials.githubWebhook,
        alertmanagerToken: credentials.alertmanagerToken,
        apiToken: credentials.apiToken,
        githubToken: credentials.githubToken,
      },
      stateMachines: {
        deployment: arnOfMachine('deployment'),
        rollback: arnOfMachine('rollback'),
        standby: arnOfMachine('standby'),
      },
      pid: process.pid,
    };
    return { ready, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the registry has of a release that CI built. */
const registryImage = ({ version, image, digest, manifest, builtAt, findings }: ListedRelease): RegistryImage => ({
  repositoryName: image.slice(image.indexOf('/') + 1),
  digest,
  tags: [version],
  manifest,
  pushedAt: builtAt,
  findings,
});

/** The commit at the head of an environment's branch. */
async function headOf(github: string, token: string, environment: string): Promise<string> {
  const answer = await fetch(`${github}/repos/${deployRepository}/git/ref/heads/env/${environment}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`GitHub answered ${answer.status} for the branch env/${environment}.`);
  // The stand-in's own answer, in GitHub's shape.
  return ((await answer.json()) as { object: { sha: string } }).object.sha;
}
