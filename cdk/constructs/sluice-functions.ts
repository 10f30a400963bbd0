import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { packagedCommandLine, packagedConsole } from '../bundle-functions.ts';
import { clusterFunctionNames, type FunctionName, functionNames } from '../function-names.ts';
import { functionSizes } from '../function-sizes.ts';
import {
  accountOfCluster,
  clustersOf,
  type Installation,
  regionOfCluster,
  type SignInService,
} from '../installation.ts';
import type { Use } from '../use.ts';
import type { AuditBucket } from './audit-bucket.ts';
import type { EncryptionKey } from './encryption-key.ts';
import { FunctionNetwork } from './function-network.ts';
import { readImages } from './image-access.ts';
import { MachineArns } from './machine-arns.ts';
import type { MailIdentity } from './mail-identity.ts';
import { askMetrics } from './metrics-access.ts';
import type { OwnEventBus } from './own-event-bus.ts';
import type { PageTopic } from './page-topic.ts';
import type { SealKeys } from './seal-keys.ts';
import { logRetentionOf, SluiceFunction, taskRoot } from './sluice-function.ts';
import { type SluiceSecrets, showsDeployments } from './sluice-secrets.ts';
import type { SluiceTable } from './sluice-table.ts';
import { readListenerRules } from './traffic-access.ts';

/** What a function can be given. */
interface Rooms {
  readonly table: SluiceTable;
  readonly seals: SealKeys;
  readonly secrets: SluiceSecrets;
  readonly mail: MailIdentity;
  readonly pages: PageTopic;
  readonly events: OwnEventBus;
  /** Null where no audit is anchored. */
  readonly audit: AuditBucket | null;
}

export interface SluiceFunctionsProps extends Rooms {
  readonly installation: Installation;
  readonly key: EncryptionKey;
  /** The package of each function. */
  readonly codeOf: (name: FunctionName) => Code;
}

/** Every function, and next to each other what each may use (DESIGN §3: one per privilege). */
export class SluiceFunctions extends Construct {
  readonly machines: MachineArns;
  readonly network: FunctionNetwork | null;
  readonly #functions: ReadonlyMap<FunctionName, SluiceFunction>;

  constructor(scope: Construct, id: string, props: SluiceFunctionsProps) {
    super(scope, id);
    const { installation, key } = props;
    const { name: prefix, configuration, network } = installation;
    this.machines = new MachineArns(this, prefix);
    this.network =
      network === null ? null : new FunctionNetwork(this, 'Network', { name: prefix, network, configuration });
    const uses = this.#uses(props);
    this.#functions = new Map(
      functionNames.map((name) => [
        name,
        new SluiceFunction(this, name, {
          name,
          prefix,
          key,
          logRetention: logRetentionOf(configuration),
          size: installation.reserved === 'on' ? functionSizes[name] : { ...functionSizes[name], reserved: null },
          code: props.codeOf(name),
          uses: uses[name],
          network: entersClusters(name) ? this.network : null,
        }),
      ]),
    );
  }

  get all(): readonly SluiceFunction[] {
    return [...this.#functions.values()];
  }

  named(name: FunctionName): SluiceFunction {
    const found = this.#functions.get(name);
    if (found === undefined) throw new Error(`There is no function ${name}.`);
    return found;
  }

  #uses({
    table,
    seals,
    secrets,
    mail,
    pages,
    events,
    audit,
    installation,
  }: SluiceFunctionsProps): Readonly<Record<FunctionName, readonly Use[]>> {
    const { machines } = this;
    const clusters = this.#describeClusters(installation);
    const deliveries = table.records({ PutItem: ['DELIVERIES'] });
    /** Says what it does before it does it (rule 9): entries are added, and get the seal that KMS did not make in time. */
    const audits = [
      table.records({
        GetItem: ['AUDIT#'],
        Query: ['AUDIT#'],
        PutItem: ['AUDIT#'],
        UpdateItem: ['AUDIT#'],
      }),
      seals.seals('audit'),
    ];
    const tells = events.publish();
    const metrics = askMetrics(this, installation.configuration);
    const rules = readListenerRules(this, installation.configuration);
    /** Lets GitHub show deployments, where that is wanted. */
    const shows = showsDeployments(installation.configuration) ? [secrets.readBy('githubDeployments')] : [];
    /** Those that end operations. */
    const anchors = audit === null ? [] : [audit.anchor()];
    return {
      // Anybody can call these three: secrets and Step Functions or a few partitions of the table, never the cluster.
      'github-webhook': [
        secrets.readBy('githubWebhook'),
        machines.start('deployment'),
        machines.describe('deployment'),
        deliveries,
      ],
      'alertmanager-webhook': [
        secrets.readBy('alertmanagerToken'),
        machines.start('rollback'),
        machines.describe('rollback'),
        deliveries,
      ],
      approvals: [
        table.records({
          GetItem: ['LINK#', 'APPROVAL#', 'SUBJECT#', 'OPERATION#', 'RELEASE#'],
          Query: ['DECISION#'],
          PutItem: ['DECISION#'],
        }),
        seals.seals('decisions'),
        seals.verifies('decisions'),
        ...audits,
        machines.wake(),
      ],
      // People, known by the authoriser of the HTTP API.
      'api-read': [
        this.#knowPeople(installation.signIn),
        this.#serveConsole(installation.signIn),
        { variables: { SLUICE_COMMAND_LINE: `${taskRoot}/${packagedCommandLine}` } },
        machines.known('deployment', 'rollback', 'traffic'),
        machines.describe('deployment', 'rollback', 'traffic', 'standby'),
        table.records({
          GetItem: [
            'OPERATION#',
            'AUDIT#',
            'APPROVAL#',
            'SUBJECT#',
            'LOCK#',
            'CANDIDATE#',
            'RELEASE#',
            'FREEZE#',
            'BRANCH#',
            'BRANCHDECISION#',
          ],
          Query: ['AUDIT#', 'DECISION#', 'HOLD#', 'RELEASE#', 'DELIVERIES'],
        }),
        seals.verifies('decisions'),
        seals.verifies('audit'),
        table.operationsByService(),
        clusters,
        ...(audit === null ? [] : [audit.known()]),
      ],
      'api-operate': [
        this.#knowPeople(installation.signIn),
        machines.start('deployment'),
        machines.start('rollback'),
        machines.start('traffic'),
        machines.describe('deployment', 'rollback', 'traffic', 'standby'),
        machines.wake(),
        table.records({
          GetItem: [
            'OPERATION#',
            'APPROVAL#',
            'SUBJECT#',
            'LOCK#',
            'CANDIDATE#',
            'RELEASE#',
            'FREEZE#',
            'BRANCH#',
            'BRANCHDECISION#',
          ],
          Query: ['DECISION#', 'RELEASE#', 'HOLD#', 'DELIVERIES', 'WAITING#'],
          PutItem: ['DECISION#', 'HOLD#', 'FREEZE#', 'BRANCHDECISION#', 'DELIVERIES'],
          UpdateItem: ['OPERATION#', 'LOCK#', 'HOLD#', 'FREEZE#', 'RELEASE#'],
          DeleteItem: ['WAITING#'],
        }),
        seals.seals('decisions'),
        seals.verifies('decisions'),
        seals.verifies('audit'),
        ...audits,
        table.operationsByService(),
        clusters,
        tells,
        ...anchors,
      ],
      // It reads what a deployment would read, and writes nothing.
      plan: [
        this.#knowPeople(installation.signIn),
        table.records({
          GetItem: ['OPERATION#', 'LOCK#', 'CANDIDATE#', 'RELEASE#', 'FREEZE#', 'BRANCH#', 'BRANCHDECISION#'],
          Query: ['HOLD#', 'RELEASE#'],
        }),
        table.operationsByService(),
        clusters,
        secrets.readBy('githubReader'),
        readImages(this, installation.configuration),
        metrics,
        rules,
      ],
      // The state machines' functions.
      release: [
        table.records({
          GetItem: [
            'OPERATION#',
            'APPROVAL#',
            'LOCK#',
            'CANDIDATE#',
            'RELEASE#',
            'FREEZE#',
            'BRANCH#',
            'BRANCHDECISION#',
          ],
          Query: ['DECISION#', 'HOLD#', 'RELEASE#'],
          PutItem: ['OPERATION#', 'CANDIDATE#', 'CHANGES#', 'RELEASE#'],
          UpdateItem: ['OPERATION#', 'APPROVAL#', 'RELEASE#'],
        }),
        seals.verifies('decisions'),
        ...audits,
        // It opens archives that others made: no token of its own can write a branch.
        secrets.readBy('githubReader'),
        readImages(this, installation.configuration),
        machines.wake(),
        tells,
      ],
      operation: [
        table.records({
          GetItem: ['OPERATION#', 'APPROVAL#', 'SUBJECT#', 'CHANGES#', 'LOCK#', 'CANDIDATE#', 'RELEASE#', 'FREEZE#'],
          Query: ['DECISION#', 'HOLD#', 'WAITING#'],
          PutItem: ['OPERATION#', 'WAITING#', 'HOLD#', 'FREEZE#'],
          UpdateItem: ['OPERATION#', 'APPROVAL#', 'LOCK#', 'CANDIDATE#', 'RELEASE#'],
          DeleteItem: ['WAITING#'],
        }),
        seals.verifies('decisions'),
        ...audits,
        machines.start('rollback'),
        machines.describe('deployment', 'rollback', 'traffic', 'standby'),
        machines.wake(),
        tells,
        ...anchors,
      ],
      // What fires, and what was done for it, stands beside the deliveries.
      observe: [
        table.records({
          GetItem: ['OPERATION#', 'LOCK#', 'CANDIDATE#', 'RELEASE#', 'FREEZE#'],
          Query: ['RELEASE#', 'HOLD#', 'DELIVERIES'],
          PutItem: ['DELIVERIES'],
          UpdateItem: ['OPERATION#'],
        }),
        ...audits,
        clusters,
        tells,
        metrics,
        rules,
      ],
      // It proves decisions, and can make none.
      act: [
        table.records({
          GetItem: ['OPERATION#', 'APPROVAL#', 'SUBJECT#', 'LOCK#', 'RELEASE#', 'BRANCH#', 'BRANCHDECISION#'],
          Query: ['DECISION#', 'HOLD#', 'WAITING#'],
          PutItem: ['BRANCH#'],
          UpdateItem: ['OPERATION#', 'LOCK#'],
          DeleteItem: ['WAITING#'],
        }),
        seals.verifies('decisions'),
        ...audits,
        table.operationsByService(),
        clusters,
        secrets.readBy('githubToken'),
        ...shows,
        machines.wake(),
        tells,
        rules,
      ],
      'return-traffic': [
        table.records({
          GetItem: ['OPERATION#', 'LOCK#', 'RELEASE#', 'DELIVERIES'],
          Query: ['HOLD#', 'RELEASE#'],
          PutItem: ['OPERATION#', 'DELIVERIES'],
          UpdateItem: ['OPERATION#', 'LOCK#'],
        }),
        ...audits,
        table.operationsByService(),
        clusters,
        machines.stop('deployment', 'rollback', 'traffic'),
        tells,
        ...anchors,
      ],
      notify: [
        table.records({
          GetItem: ['OPERATION#', 'APPROVAL#', 'SUBJECT#', 'CHANGES#', 'LOCK#', 'RELEASE#', 'FREEZE#'],
          // Whether a pause is an alert's, and so ends with it, stands beside the deliveries.
          Query: ['DECISION#', 'HOLD#', 'DELIVERIES'],
          PutItem: ['APPROVAL#', 'SUBJECT#', 'LINK#'],
          UpdateItem: ['OPERATION#', 'APPROVAL#'],
        }),
        seals.verifies('decisions'),
        ...audits,
        table.operationsByService(),
        mail.send(),
        pages.publish(),
        ...shows,
        tells,
      ],
      // It remembers whom it woke in a partition of its own, and writes nothing else.
      watch: [
        table.records({ GetItem: ['LOCK#', 'FREEZE#', 'WATCH#'], PutItem: ['WATCH#'] }),
        table.operationsByService(),
        clusters,
        mail.send(),
        pages.publish(),
      ],
      guardian: [
        table.records({
          GetItem: ['OPERATION#', 'APPROVAL#', 'LOCK#', 'RELEASE#', 'FREEZE#'],
          Query: ['DECISION#', 'HOLD#', 'DELIVERIES', 'WAITING#'],
          PutItem: ['OPERATION#', 'HOLD#', 'FREEZE#'],
          UpdateItem: ['OPERATION#', 'LOCK#', 'CANDIDATE#', 'RELEASE#'],
          DeleteItem: ['WAITING#'],
        }),
        seals.verifies('decisions'),
        seals.verifies('audit'),
        ...audits,
        table.operationsByService(),
        machines.start('rollback'),
        machines.start('standby'),
        machines.describe('deployment', 'rollback', 'traffic', 'standby'),
        machines.list('deployment', 'rollback', 'traffic'),
        machines.stop('deployment', 'rollback', 'traffic'),
        machines.wake(),
        mail.send(),
        pages.publish(),
        tells,
        ...anchors,
      ],
    };
  }

  /** What the authorisers found is believed. */
  #knowPeople({ issuer, nameClaim }: SignInService): Use {
    return {
      variables: {
        SLUICE_API_IDENTITY: 'gateway',
        SLUICE_SIGN_IN_ISSUER: issuer,
        SLUICE_SIGN_IN_NAME_CLAIM: nameClaim,
      },
    };
  }

  /** The console is in the package, and knows how a browser signs in. */
  #serveConsole({ console }: SignInService): Use {
    if (console === null) return {};
    return {
      variables: {
        SLUICE_CONSOLE: `${taskRoot}/${packagedConsole}`,
        SLUICE_SIGN_IN_CLIENT: console.client,
        SLUICE_SIGN_IN_AUTHORIZE: console.authorize,
        SLUICE_SIGN_IN_TOKEN: console.token,
      },
    };
  }

  /** Where a cluster is. Entering it takes an access entry besides: cluster-access.ts. */
  #describeClusters(installation: Installation): Use {
    // EKS answers for one's own account only; of a cluster in another one the address is written down.
    const own = clustersOf(installation).filter((cluster) => accountOfCluster(installation, cluster) === null);
    if (own.length === 0) return {};
    const resources = own.map((resourceName) => {
      const region = regionOfCluster(installation, resourceName);
      return Stack.of(this).formatArn({ service: 'eks', region, resource: 'cluster', resourceName });
    });
    return { statements: [new PolicyStatement({ actions: ['eks:DescribeCluster'], resources })] };
  }
}

const entersClusters = (name: FunctionName): boolean => clusterFunctionNames.some((other) => other === name);
