import type { KubeObject } from '../objects.ts';
import type { ResourceType } from '../resources.ts';

/** Argo CD's `Application`, the fields that matter here. */
export interface Application extends KubeObject {
  spec: {
    project: string;
    source: ApplicationSource;
    destination: { server?: string; name?: string; namespace?: string };
    syncPolicy?: {
      automated?: { prune?: boolean; selfHeal?: boolean; enabled?: boolean };
      syncOptions?: string[];
      /** Of automated syncs. */
      retry?: RetryStrategy;
      /** Of the namespace, with `CreateNamespace=true`. */
      managedNamespaceMetadata?: { labels?: Record<string, string> };
    };
    ignoreDifferences?: {
      group?: string;
      kind: string;
      name?: string;
      namespace?: string;
      jsonPointers?: string[];
    }[];
    revisionHistoryLimit?: number;
  };
  operation?: Operation;
  status?: ApplicationStatus;
}

export interface ApplicationSource {
  repoURL: string;
  targetRevision?: string;
  path?: string;
  helm?: {
    releaseName?: string;
    valueFiles?: string[];
    ignoreMissingValueFiles?: boolean;
    parameters?: { name: string; value: string; forceString?: boolean }[];
    values?: string;
    valuesObject?: unknown;
  };
}

/** What somebody wants done: set in `.operation`, cleared when it has ended. */
export interface Operation {
  initiatedBy?: { username?: string; automated?: boolean };
  info?: { name: string; value: string }[];
  sync?: { revision?: string; prune?: boolean; dryRun?: boolean; syncOptions?: string[] };
  retry?: RetryStrategy;
}

export interface RetryStrategy {
  limit?: number;
  backoff?: { duration?: string; factor?: number; maxDuration?: string };
}

export type OperationPhase = 'Running' | 'Terminating' | 'Succeeded' | 'Failed' | 'Error';

export interface OperationState {
  operation: Operation;
  phase: OperationPhase;
  message?: string;
  startedAt: string;
  /** With the phase `Running`: of an attempt after which there is going to be another. */
  finishedAt?: string;
  /** Attempts after the first. */
  retryCount?: number;
  syncResult?: { revision: string; source: ApplicationSource; resources: ResourceResult[] };
}

/** What became of one object in a sync. */
export interface ResourceResult {
  group: string;
  version: string;
  kind: string;
  namespace: string;
  name: string;
  status: 'Synced' | 'SyncFailed' | 'Pruned' | 'PruneSkipped';
  message: string;
  syncPhase: 'Sync';
  hookPhase?: 'Running' | 'Failed';
}

export type SyncStatusCode = 'Synced' | 'OutOfSync' | 'Unknown';
export type HealthStatusCode = 'Healthy' | 'Suspended' | 'Progressing' | 'Missing' | 'Degraded' | 'Unknown';

export interface Health {
  status: HealthStatusCode;
  message?: string;
}

export interface ResourceStatus {
  group?: string;
  version: string;
  kind: string;
  namespace?: string;
  name: string;
  status: SyncStatusCode;
  health?: Health;
  requiresPruning?: boolean;
}

export type ApplicationConditionType = 'ComparisonError' | 'InvalidSpecError' | 'SyncError';

export interface ApplicationCondition {
  type: ApplicationConditionType;
  message: string;
  lastTransitionTime: string;
}

export interface RevisionHistory {
  id: number;
  revision: string;
  deployStartedAt: string;
  deployedAt: string;
  source: ApplicationSource;
  initiatedBy: NonNullable<Operation['initiatedBy']>;
}

export interface ApplicationStatus {
  sync?: { status: SyncStatusCode; revision?: string; comparedTo?: unknown };
  health?: Health & { lastTransitionTime?: string };
  resources?: ResourceStatus[];
  conditions?: ApplicationCondition[];
  operationState?: OperationState;
  history?: RevisionHistory[];
  reconciledAt?: string;
  sourceType?: string;
  summary?: { images?: string[] };
}

/** Argo CD's `AppProject`, the fields that matter here. */
export interface AppProject extends KubeObject {
  spec: { sourceRepos?: string[]; destinations?: { namespace?: string }[]; syncWindows?: SyncWindow[] };
}

export interface SyncWindow {
  kind: string;
  schedule: string;
  duration: string;
  timeZone?: string;
  applications?: string[];
  namespaces?: string[];
  manualSync?: boolean;
}

/** An object of the rendered tree and the kind that the API server knows it as. */
export interface TargetObject {
  type: ResourceType;
  object: KubeObject;
}
