import { type Anchors, createAnchors } from '../../adapters/anchor/anchors.ts';
import { createEventBus } from '../../adapters/events/event-bus.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { announcing, type PublishOptions, publishLater, publishNow } from '../../pipeline/notice/announce.ts';
import { anchoring } from '../../pipeline/operation/anchor-audit.ts';
import {
  type BestEffort,
  type BestEffortOptions,
  bestEffortLater,
  bestEffortNow,
} from '../../pipeline/operation/best-effort.ts';
import { countingOutcomes, type OutcomeCounting } from '../../pipeline/operation/count-outcomes.ts';
import type { CommonDeps } from '../../pipeline/ports.ts';
import { awsOptions, type Environment, requireVariables } from './environment.ts';
import { functionLog } from './log.ts';
import { publishMetrics } from './publish-metrics.ts';

/** The bus of a function that tells of what it writes. */
function ownBus(environment: Environment): PublishOptions {
  const { SLUICE_EVENT_BUS: bus } = requireVariables(environment, 'SLUICE_EVENT_BUS');
  return { bus: createEventBus({ ...awsOptions(environment, 'EVENTBRIDGE'), bus }), log: functionLog };
}

/** Configuration, clock, and a store that tells at once of what is written into it. */
export const announcingDeps = <Deps extends CommonDeps>(environment: Environment, deps: Deps): Deps =>
  announcing(deps, publishNow(ownBus(environment)));

/** The bucket in which this installation anchors its audit; null when it does not. */
export const auditBucketOf = (environment: Environment, { configuration }: Pick<CommonDeps, 'configuration'>) =>
  configuration.audit.anchor && requireVariables(environment, 'SLUICE_AUDIT_BUCKET').SLUICE_AUDIT_BUCKET;

/** The same, to write to. */
export function ownAnchors(environment: Environment, deps: Pick<CommonDeps, 'configuration'>): Anchors | null {
  const bucket = auditBucketOf(environment, deps);
  return bucket === null ? null : createAnchors({ ...awsOptions(environment, 'S3'), bucket, within: seconds(3) });
}

const anchoringOptions: BestEffortOptions = {
  dependency: 'S3',
  attempted: 'anchoring an audit; the guardian makes up for it',
  log: functionLog,
};

const sealingOptions: BestEffortOptions = {
  dependency: 'KMS',
  attempted: 'sealing the audit; the guardian makes up for it',
  log: functionLog,
};

const countingOptions: BestEffortOptions = {
  dependency: 'DynamoDB',
  attempted: 'counting an operation that has ended, for CloudWatch',
  log: functionLog,
};

const countingBy = (environment: Environment, bestEffort: BestEffort): OutcomeCounting => ({
  // commonDeps has refused an environment without it.
  installation: environment.SLUICE_TABLE ?? '',
  publish: publishMetrics(environment),
  bestEffort,
});

/** Configuration, clock, and a store that anchors at once, and counts what has ended. */
export const anchoringDeps = <Deps extends CommonDeps>(environment: Environment, deps: Deps): Deps =>
  countingOutcomes(
    anchoring(deps, ownAnchors(environment, deps), bestEffortNow(anchoringOptions)),
    countingBy(environment, bestEffortNow(countingOptions)),
  );

/** What a function keeps for the end: events, metrics, anchors and seals that are missing wait until the traffic is where it belongs, or the lock is free. */
export function keepEffects<Deps extends CommonDeps>(
  environment: Environment,
  bare: Deps,
  within: Milliseconds = seconds(3),
): { readonly deps: Deps; readonly publishKept: () => Promise<void> } {
  const { publish, publishKept } = publishLater({ ...ownBus(environment), within });
  const { bestEffort, doKept } = bestEffortLater({ ...anchoringOptions, within });
  const counting = bestEffortLater({ ...countingOptions, within });
  const seal = bestEffortNow({ ...sealingOptions, within });
  return {
    deps: announcing(
      countingOutcomes(
        anchoring(bare, ownAnchors(environment, bare), bestEffort),
        countingBy(environment, counting.bestEffort),
      ),
      publish,
    ),
    publishKept: async () =>
      void (await Promise.all([publishKept(), doKept(), counting.doKept(), seal(() => bare.store.audit.sealKept())])),
  };
}
