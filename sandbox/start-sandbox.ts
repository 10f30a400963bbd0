import { join } from 'node:path';
import type { ServiceConfiguration } from '../contracts/configuration/service.ts';
import { environmentNames } from '../contracts/names.ts';
import { sealWriters } from '../contracts/sealing.ts';
import { createSessions } from '../functions/people/sessions.ts';
import { type Environment, systemNow } from '../functions/runtime/environment.ts';
import { startLoad } from './app/load.ts';
import { startCloudWatch } from './aws/start-cloudwatch.ts';
import { invokeThroughLambda, scheduledEvent, startEvents } from './aws/start-events.ts';
import { type HmacKey, startKms } from './aws/start-kms.ts';
import { startLambda } from './aws/start-lambda.ts';
import { rulesOf, startLoadBalancing } from './aws/start-load-balancing.ts';
import { startS3 } from './aws/start-s3.ts';
import { startSns } from './aws/start-sns.ts';
import { ownChart, previewConfiguration, writeConfiguration } from './configuration.ts';
import { accessKeyIdOf, accessKeysOf, type Credentials, loadCredentials, operatorKey } from './credentials.ts';
import { lockDataDirectory } from './data-directory.ts';
import { createFaultBook } from './dependencies/faults.ts';
import { keepFaults } from './dependencies/kept-faults.ts';
import { createFrontApp, openFront } from './front.ts';
import { functionEnvironments } from './function-environment.ts';
import { createFunctions, type FunctionName, lambdaNameOf } from './functions.ts';
import { readChart } from './github/seed.ts';
import { installMachines, installTable } from './install.ts';
import { installCluster } from './install-cluster.ts';
import { accountId, arnOfMachine, arns, auditBucket, eventBus, region, sealKeys } from './installation.ts';
import { describeProblem } from './journal/journal.ts';
import { helmBinary } from './kubernetes/controllers/application/render-chart.ts';
import type { Cluster } from './kubernetes/controllers/kube-client.ts';
import { findMonitoring, startMonitoring } from './monitoring/start-monitoring.ts';
import { createOwnRoutes } from './own-routes.ts';
import { choosePorts } from './ports.ts';
import type { Ready } from './ready.ts';
import { cloudWatchMetrics } from './router/cloudwatch-metrics.ts';
import { isClassifier, seededServices } from './seeded-service.ts';
import { startDependencies } from './start-dependencies.ts';
import { startStepFunctions } from './stepfunctions/start-step-functions.ts';

/** As cdk/constructs/audit-bucket.ts makes it of sandbox/sluice.yaml. */
const auditRetention = { mode: 'GOVERNANCE', days: 1 } as const;

/** How often the guardian and the watch look for what no event told them; minutes on AWS. */
const sweepEveryMs = 10_000;

export interface SandboxOptions {
  readonly port: number;
  readonly dataDir: string;
  /** The text of a configuration that `readTemplate` read. */
  readonly configuration: string;
  /** Where the files are that its health checks send; null where none is. */
  readonly folder?: string | null;
  /** Folder of the chart of each service; Sluice's own unless given. */
  readonly chart?: string;
  /** Mail address of who operates the sandbox: one of `people`. */
  readonly operator: string;
  readonly load: boolean;
  /** A real control plane to run on; null: the stand-in. */
  readonly cluster: Cluster | null;
  /** Whether a Prometheus and an Alertmanager of the PATH run beside it. */
  readonly monitoring: boolean;
  /** Told of what a person should know, one line each; never a secret. */
  readonly log: (line: string) => void;
  /** Told what is being started. */
  readonly progress: (line: string) => void;
  /** Builds the console's page into a folder. */
  readonly buildConsole: (folder: string) => Promise<void>;
  /** Keeps the database in memory, for whoever never starts on the same data again. */
  readonly inMemory?: boolean;
}

export interface Sandbox {
  readonly ready: Ready;
  close(): Promise<void>;
}

/** Starts everything on this machine and resolves once it answers: stand-ins first, then Sluice's functions, then the front. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port, dataDir, operator, load: withLoad, cluster, log, progress, inMemory = false } = options;
  const programs = options.monitoring ? await findMonitoring() : null;
  const ports = await choosePorts(port);
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
    // Meanwhile, in a process of its own; a fault in it is thrown where the page is needed.
    const consolePage = join(dataDir, 'console');
    const consoleBuilt = options.buildConsole(consolePage);
    consoleBuilt.catch(() => undefined);
    const faults = createFaultBook();
    await keepFaults(faults, dataDir);
    const template = previewConfiguration(options.configuration);
    const seeds = seededServices(template).map((service) => ({ service, chartDir: options.chart ?? ownChart }));
    progress('starting GitHub, Kubernetes with its controllers, the traffic router, DynamoDB, mail and the registry');
    const dependencies = await startDependencies({
      ports,
      dataDir,
      credentials,
      keys,
      seeds,
      services: template.services,
      cluster,
      log,
      faults,
      inMemory,
      keep,
    });
    const { dynamodb, ses, router, targetGroups, kubernetes, github, secrets, eks, ecr, pods, proxied, before } =
      dependencies;
    if (dependencies.hasOwnArgoCd) progress('Argo CD is the cluster’s own');
    progress('starting Lambda, EventBridge, S3, SNS, CloudWatch and Step Functions');
    const environments = Promise.withResolvers<(name: FunctionName) => Environment>();
    const { functions, ready: functionsReady } = createFunctions(environments.promise);
    const lambda = await keep(startLambda({ port: ports.lambda, functions, keys }));
    const events = await keep(
      startEvents({
        port: ports.events,
        keys,
        buses: [eventBus],
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
        invoke: invokeThroughLambda(await before('eventbridge', lambda.endpoint), accessKeyIdOf('events')),
      }),
    );
    const front = await keep(openFront(ports.console));
    if (programs !== null) progress('starting Prometheus and Alertmanager');
    const monitoring =
      programs === null
        ? null
        : await keep(
            startMonitoring({
              programs,
              ports,
              dataDir,
              configuration: template,
              router: router.adminEndpoint,
              console: front.endpoint,
              tokens: { alertmanager: credentials.alertmanagerToken, api: credentials.apiToken },
              log,
            }),
          );
    const s3 = await keep(startS3({ port: ports.s3, dataDir, buckets: { [auditBucket]: auditRetention } }));
    const sns = await keep(startSns({ port: ports.sns, keys }));
    const kms = await keep(startKms({ port: ports.kms, keys, hmacKeys: hmacKeysOf(credentials) }));
    const measured = template.services.flatMap(({ name: service, environments: sides }) =>
      environmentNames.map((environment) => ({ service, environment, namespace: sides[environment].namespace })),
    );
    const cloudwatch = await keep(
      startCloudWatch({ port: ports.cloudwatch, keys, measure: cloudWatchMetrics(router, measured) }),
    );
    const loadBalancing = await keep(
      startLoadBalancing({
        port: ports.loadbalancing,
        keys,
        targetGroups: () => [...targetGroups.keys()],
        rules: () => rulesOf(router.routes(), targetGroups),
      }),
    );
    const endpoints = {
      lambda: lambda.endpoint,
      dynamodb: dynamodb.endpoint,
      ses: ses.endpoint,
      eks: eks.endpoint,
      ecr: ecr.endpoint,
      secretsmanager: secrets.endpoint,
      events: events.endpoint,
      s3: s3.endpoint,
      sns: sns.endpoint,
      kms: kms.endpoint,
      cloudwatch: cloudwatch.endpoint,
      loadbalancing: loadBalancing.endpoint,
    };
    const written = { template: options.configuration, folder: options.folder ?? null };
    const { file, configuration } = await writeConfiguration(dataDir, written, {
      github: proxied.github,
      console: front.endpoint,
      mail: ses.endpoint,
      statistics: proxied.metrics,
      ...(monitoring === null ? {} : { prometheus: await before('metrics', monitoring.prometheus) }),
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
        endpoints,
        credentials: { accessKeyId: accessKeyIdOf('states'), secretAccessKey: credentials.keys.states ?? '' },
        // written down as told only once its targets have it: a kill in between repeats it
        onStatusChange: (event) => events.deliver(event).delivered,
        onFault: (fault) => log(`Step Functions: ${fault instanceof Error ? fault.message : String(fault)}`),
      }),
    );
    for (const damage of stepfunctions.problems) log(describeProblem(damage));
    await consoleBuilt;
    environments.resolve(
      functionEnvironments({
        credentials,
        endpoints: {
          ...endpoints,
          dynamodb: proxied.dynamodb,
          ses: proxied.ses,
          events: await before('events', events.endpoint),
          s3: await before('s3', s3.endpoint),
          kms: await before('kms', kms.endpoint),
          cloudwatch: await before('metrics', cloudwatch.endpoint),
          stepfunctions: await before('stepfunctions', stepfunctions.endpoint),
        },
        configuration: file,
        helm: await helmBinary(),
        console: consolePage,
      }),
    );
    progress('installing Sluice: its table, functions and state machines, and the demo service');
    await Promise.all([
      installTable(dynamodb.endpoint),
      functionsReady,
      installMachines(stepfunctions.endpoint, arns),
      installCluster(
        { endpoint: kubernetes.endpoint, ca: kubernetes.caPem, token: kubernetes.adminToken },
        configuration,
        {
          headOf: ({ gitops, environments: sides }, environment) =>
            headOf(github.endpoint, credentials.githubToken, gitops.repository, sides[environment].branch),
          valueFiles: async () =>
            new Set([...(await readChart(options.chart ?? ownChart)).keys(), 'values-release.yaml']),
          git: dependencies.hasOwnArgoCd ? { origin: github.endpoint, token: credentials.githubReaderToken } : null,
        },
      ),
    ]);
    progress(`opening the console, the API and the webhooks${withLoad ? ', and sending traffic' : ''}`);
    const traffic = withLoad
      ? await Promise.all(
          configuration.services.map(async (one) => {
            const asks = isClassifier(one) ? 'prediction' : 'page';
            const host = hostOf(one);
            return [
              one.name,
              await keep(
                startLoad({
                  trafficEndpoint: router.endpoint,
                  host,
                  asks,
                  ratePerSecond: loadRate(configuration.services.length),
                }),
              ),
            ] as const;
          }),
        )
      : [];
    const own = createOwnRoutes({
      pods,
      router,
      loads: new Map(traffic),
      github,
      services: seeds.map((seed) => seed.service),
      faults,
    });
    front.serve(await createFrontApp(await environments.promise, own));
    // EventBridge's timer, which on AWS is a rule of its own: what is wrong with the bus is not wrong with it. Not before now, since a service that is
    // being installed has something wrong with it, and nobody could be told.
    const callFunction = invokeThroughLambda(lambda.endpoint, accessKeyIdOf('events'));
    const timer = setInterval(() => {
      for (const name of ['guardian', 'watch'] as const) {
        void callFunction(lambdaNameOf(name), scheduledEvent()).catch(log);
      }
    }, sweepEveryMs);
    await keep({ close: async () => clearInterval(timer) });
    const sessions = createSessions({
      apiToken: async () => ({ current: credentials.apiToken, previous: null }),
      now: systemNow,
    });
    const { value: key } = await sessions.issue('link', operator);

    const ready: Ready = {
      console: front.endpoint,
      operator,
      signIn: `${front.endpoint}/?key=${key}`,
      githubWebhook: `${front.endpoint}/webhooks/github`,
      alertmanagerWebhook: `${front.endpoint}/webhooks/alertmanager`,
      mail: ses.endpoint,
      traffic: router.endpoint,
      host: hostOf(service),
      hosts: Object.fromEntries(configuration.services.map((one) => [one.name, hostOf(one)])),
      kubeconfig: kubernetes.kubeconfigPath,
      github: github.endpoint,
      statistics: router.adminEndpoint,
      monitoring: monitoring && { prometheus: monitoring.prometheus, alertmanager: monitoring.alertmanager },
      endpoints: { stepfunctions: stepfunctions.endpoint, ...endpoints },
      aws: { region, ...operatorKey },
      secrets: {
        githubWebhook: credentials.githubWebhook,
        alertmanagerToken: credentials.alertmanagerToken,
        apiToken: credentials.apiToken,
        githubToken: credentials.githubToken,
      },
      stateMachines: {
        deployment: arnOfMachine('deployment'),
        rollback: arnOfMachine('rollback'),
        traffic: arnOfMachine('traffic'),
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

/** The keys of KMS: who writes a kind of record may make its MACs, and every function may verify them. */
const hmacKeysOf = ({ seals }: Credentials): HmacKey[] =>
  (['decisions', 'audit'] as const).map((name) => ({
    alias: sealKeys[name],
    keyId: name === 'decisions' ? '1b8d2f5e-6a34-4c1f-9b0e-2f6f3c7a9d01' : '7c4e9a10-3d52-4f8b-8e6d-5a1b0c9f7e02',
    material: Buffer.from(seals[name], 'base64'),
    allows: (action, roleName) =>
      action === 'VerifyMac' || sealWriters[name].some((writer: string) => writer === roleName),
  }));

const hostOf = ({ name, traffic }: ServiceConfiguration): string => traffic.host ?? name;

/** Requests per second to each of so many services: enough samples for small steps, and not more in all than one process can answer. */
const loadRate = (services: number): number => Math.max(10, Math.min(40, Math.floor(80 / services)));

/** The commit at the head of a branch. */
async function headOf(github: string, token: string, repository: string, branch: string): Promise<string> {
  const answer = await fetch(`${github}/repos/${repository}/git/ref/heads/${branch}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`GitHub answered ${answer.status} for the branch ${branch} of ${repository}.`);
  // The stand-in's own answer, in GitHub's shape.
  return ((await answer.json()) as { object: { sha: string } }).object.sha;
}
