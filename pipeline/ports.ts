import type { Anchors } from '../adapters/anchor/anchors.ts';
import type { Attestations } from '../adapters/attestation/attestations.ts';
import type { AccessReviews } from '../adapters/cluster/access-reviews.ts';
import type { Workloads } from '../adapters/cluster/workloads.ts';
import type { ArgoApplications } from '../adapters/gitops/argo-application.ts';
import type { ChartFiles } from '../adapters/gitops/chart-files.ts';
import type { EnvironmentBranch } from '../adapters/gitops/environment-branch.ts';
import type { Manifests } from '../adapters/gitops/helm.ts';
import type { Prober } from '../adapters/health/prober.ts';
import type { MetricsSource } from '../adapters/metrics/metrics-source.ts';
import type { Mailer } from '../adapters/notice/mailer.ts';
import type { Pager } from '../adapters/notice/pager.ts';
import type { Registry } from '../adapters/registry/registry.ts';
import type { SourceControl } from '../adapters/source/source-control.ts';
import type { Store } from '../adapters/store/store.ts';
import type { TrafficRouter } from '../adapters/traffic/traffic-router.ts';
import type { Workflow } from '../adapters/workflow/workflow.ts';
import type { Configuration } from '../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../contracts/configuration/service.ts';
import type { Milliseconds } from '../contracts/duration.ts';
import type { Instant } from '../contracts/instant.ts';
import type { LockRecord } from '../contracts/records/lock.ts';

/** What every function is built from. */
export interface CommonDeps {
  readonly configuration: Configuration;
  readonly store: Store;
  readonly now: () => Instant;
}

/** One line of a function's log. Never holds a token, a signature or a body. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [detail: string]: unknown;
}

export type Log = (line: LogLine) => void;

/** The cluster of one service, by capability. */
export interface ServiceCluster {
  readonly router: TrafficRouter;
  readonly workloads: Workloads;
  readonly applications: ArgoApplications;
  readonly accessReviews: AccessReviews;
}

export interface ReleaseDeps extends CommonDeps {
  readonly chartFiles: ChartFiles;
  readonly manifests: Manifests;
  readonly source: SourceControl;
  readonly registry: Registry;
  readonly attestations: Attestations;
  readonly workflow: Workflow;
  /** To look at the environments' branches: this function writes none. */
  readonly branch: Pick<EnvironmentBranch, 'readHead' | 'readTree' | 'readChanges' | 'chartTree'>;
}

/** What a plan is made from: everything is read, and nothing written. */
export interface PlanDeps extends Omit<ReleaseDeps, 'workflow'> {
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  readonly metrics: (service: ServiceConfiguration) => MetricsSource;
}

export interface OperationDeps extends CommonDeps {
  readonly workflow: Workflow;
  /** Starts the rollback of a holder whose execution is dead; does nothing for a living one (I5). */
  readonly rescueDeadHolder: (service: string, holder: LockRecord) => Promise<void>;
  /** Tells others of what was written, and anchors what has ended, once the lock is free for the next. */
  readonly publishKept: () => Promise<void>;
}

export interface ObserveDeps extends CommonDeps {
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  readonly metrics: (service: ServiceConfiguration) => MetricsSource;
  readonly prober: Prober;
  /** Lets time pass between two looks. */
  readonly pause: (duration: Milliseconds) => Promise<void>;
  /** How long one call may go on looking: below Lambda's timeout and the task's. */
  readonly patience: Milliseconds;
  readonly log: Log;
}

/** Where GitHub shows deployments: beside the work, by a token that may write nothing else. */
export interface ShownDeployments {
  readonly open: () => Promise<Pick<SourceControl, 'createDeployment' | 'setDeploymentStatus'>>;
  /** Never fails, and never takes longer than a few seconds. */
  readonly bestEffort: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
}

export type TokenFound = 'lasts' | 'ends-soon' | 'unknown';

/** Of a function that uses a token of GitHub. */
export interface TokenDeps {
  /** Looks how long the token lasts, and tells the alarm. */
  readonly lookAtToken: () => Promise<TokenFound>;
}

export interface ActDeps extends CommonDeps, TokenDeps {
  /** Null or absent: GitHub shows nothing. */
  readonly shownDeployments?: ShownDeployments | null;
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  readonly branch: EnvironmentBranch;
  /** Wakes who waits for a lock that was freed here. */
  readonly wakeWaiting: (service: string) => Promise<void>;
}

export interface ReturnTrafficDeps extends CommonDeps {
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  readonly workflow: Workflow;
  /** What the database may take in all before the traffic is returned without it (rule 6). */
  readonly databaseBudget: Milliseconds;
  /** Tells others of what was written, and anchors what has ended, once the traffic is where it belongs. */
  readonly publishKept: () => Promise<void>;
}

export interface ApprovalsDeps extends CommonDeps {
  readonly workflow: Pick<Workflow, 'succeed'>;
  readonly log: Log;
}

export interface NotifyDeps extends CommonDeps {
  /** Null or absent: GitHub shows nothing. */
  readonly shownDeployments?: ShownDeployments | null;
  readonly mailer: Mailer;
  /** The pagers of a service by channel (`sns`, `webhook`). */
  readonly pagers: (service: ServiceConfiguration) => ReadonlyMap<string, Pager>;
  /** A new link's token. */
  readonly newToken: () => string;
}

export interface PagingDeps extends CommonDeps {
  readonly mailer: Mailer;
  readonly pagers: (service: ServiceConfiguration) => ReadonlyMap<string, Pager>;
}

export interface AnchorLateDeps extends CommonDeps {
  /** Null where no audit is anchored. */
  readonly anchors: Anchors | null;
  readonly log: Log;
}

export interface GuardianDeps extends PagingDeps, AnchorLateDeps {
  readonly workflow: Workflow;
  /** ARN of the rollback machine. */
  readonly rollbackMachine: string;
  /** ARN of the standby machine. */
  readonly standbyMachine: string;
  /** ARNs of the machines the executions of which are operations. */
  readonly operationMachines: readonly string[];
  /** Tells others of what was written, and anchors what has ended, once the rescue is on its way. */
  readonly publishKept: () => Promise<void>;
}

/** What is shown of services and operations. */
export interface ViewDeps extends CommonDeps {
  readonly workflow: Pick<Workflow, 'describe'>;
  /** ARNs of the machines. */
  readonly deploymentMachine: string;
  readonly rollbackMachine: string;
  readonly trafficMachine: string;
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  /** Where heads of audits are anchored; null: nowhere. */
  readonly auditBucket: string | null;
  readonly log: Log;
}

/** What people and the command line ask for: starts and operator actions, and what is shown after them. */
export interface OperatorDeps extends ViewDeps {
  readonly workflow: Workflow;
  readonly prober: Prober;
  /** Lets time pass between two probes of one check. */
  readonly pause: (duration: Milliseconds) => Promise<void>;
  /** What makes a start unique that brings no `Idempotency-Key`. */
  readonly newId: () => string;
}

export interface WatchDeps extends PagingDeps {
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  /** Name of the table: what tells the metrics of one installation from another's. */
  readonly installation: string;
  readonly log: Log;
  /** Writes a line that CloudWatch reads as metrics. */
  readonly publish: (line: object) => void;
}
