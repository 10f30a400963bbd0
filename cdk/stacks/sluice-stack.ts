import { Annotations, Stack } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { configurationWarnings } from '../../contracts/configuration/configuration-warnings.ts';
import { Alarms } from '../constructs/alarms.ts';
import { ClusterAccess } from '../constructs/cluster-access.ts';
import { GuardianRule } from '../constructs/guardian-rule.ts';
import { KeepWarmTimer } from '../constructs/keep-warm-timer.ts';
import { MailIdentity } from '../constructs/mail-identity.ts';
import { OwnEventBus } from '../constructs/own-event-bus.ts';
import { PageTopic } from '../constructs/page-topic.ts';
import { SluiceDashboard } from '../constructs/sluice-dashboard.ts';
import { logRetentionOf } from '../constructs/sluice-function.ts';
import { SluiceFunctions } from '../constructs/sluice-functions.ts';
import { SluiceHttpApi } from '../constructs/sluice-http-api.ts';
import { StateMachines } from '../constructs/state-machines.ts';
import { TokenTimer } from '../constructs/token-timer.ts';
import { WatchTimer } from '../constructs/watch-timer.ts';
import { clusterFunctionNames, type FunctionName } from '../function-names.ts';
import { clustersIn, environmentIn, type Installation } from '../installation.ts';
import type { DataStack } from './data-stack.ts';
import { applyDefaults } from './stack-defaults.ts';

export interface SluiceStackProps {
  readonly installation: Installation;
  /** What it uses and cannot make again. */
  readonly data: DataStack;
  /** The package of each function. */
  readonly codeOf: (name: FunctionName) => Code;
}

/** One Sluice: every room of it but what it keeps, and how they hang together. */
export class SluiceStack extends Stack {
  constructor(scope: Construct, id: string, { installation, data, codeOf }: SluiceStackProps) {
    super(scope, id, {
      description: 'Sluice: blue-green deployments to Amazon EKS.',
      env: environmentIn(installation, installation.region),
      terminationProtection: installation.protection === 'on',
    });
    const { name, configuration } = installation;
    for (const warning of configurationWarnings(configuration)) {
      Annotations.of(this).addWarningV2('Sluice:Configuration', warning);
    }
    const { key, seals, table, secrets, audit } = data;
    const mail = new MailIdentity(this, 'Mail', { name, configuration });
    const pages = new PageTopic(this, 'Pages', { name, key, configuration });
    const events = new OwnEventBus(this, 'Events', { name, key });
    const functions = new SluiceFunctions(this, 'Functions', {
      installation,
      key,
      seals,
      table,
      secrets,
      mail,
      pages,
      events,
      audit,
      codeOf,
    });
    const machines = new StateMachines(this, 'Machines', {
      functions,
      key,
      logRetention: logRetentionOf(configuration),
    });
    const guardian = new GuardianRule(this, 'Guardian', { name, functions });
    const access = new ClusterAccess(this, 'Clusters', {
      installation,
      clusters: clustersIn(installation, installation.region),
    });
    // EKS refuses a principal that is not there.
    for (const fn of clusterFunctionNames) access.node.addDependency(functions.named(fn).role);
    const http = new SluiceHttpApi(this, 'Http', { installation, functions, key });
    new WatchTimer(this, 'Watch', { name, functions });
    new KeepWarmTimer(this, 'KeepWarm', { name, functions });
    new TokenTimer(this, 'Tokens', { name, functions });
    const alarms = new Alarms(this, 'Alarms', {
      installation,
      functions,
      machines,
      guardian,
      table,
      mail,
      pages,
      events,
      http,
    });
    new SluiceDashboard(this, 'Dashboard', { name, functions, machines, http, alarms });
    applyDefaults(this, installation);
  }
}
