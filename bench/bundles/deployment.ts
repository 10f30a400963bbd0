import { readExample } from '../../cdk/installation.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Attestation, Evidence } from '../../contracts/evidence.ts';
import { instant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { Release } from '../../contracts/release.ts';
import { operationId } from '../../core/operation/id.ts';

/** Of the example's first service: 25 % of its traffic are on v2.1.0 on green, v2.0.0 on blue has the rest. */
export const service = 'chest-xray-mlops';
export const startedAt = '2026-11-23T15:00:00.000Z';
const began = Date.parse(startedAt);

export const execution: Execution = {
  arn: 'arn:aws:states:us-east-1:123456789012:execution:sluice-deployment:deploy-1',
  name: 'deploy-1',
  startedAt,
  service,
};
/** Of the service, as the example has it. */
export const configuration = configurationOf(service);
export const id = operationId(instant(began), execution.name);
export const weights = { blue: 75, green: 25 };

const releaseOf = (version: string, letter: string): Release => ({
  service,
  version,
  commit: letter.repeat(40),
  image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/${service}`,
  digest: `sha256:${letter.repeat(64)}`,
  model: { name: 'chest-xray', metrics: { accuracy: 0.94, recall: 0.97 } },
  reversible: true,
  chart: null,
  runId: 7,
  runAttempt: 1,
  author: 'dora',
  committedAt: instant(began),
});
export const releases = { blue: releaseOf('v2.0.0', 'b'), green: releaseOf('v2.1.0', 'a') };

const repository = `https://github.com/example/${service}`;
const workflow = `${repository}/.github/workflows/ci.yml@refs/heads/main`;
const attestation: Attestation = {
  source: 'github',
  problem: null,
  predicateType: 'https://slsa.dev/provenance/v1',
  subjects: [releases.green.digest],
  signer: {
    identity: workflow,
    issuer: 'https://token.actions.githubusercontent.com',
    repository,
    ref: 'refs/heads/main',
    commit: releases.green.commit,
    workflow,
  },
  sourceCommit: releases.green.commit,
};

export const evidence: Evidence = {
  gatheredAt: instant(began),
  runUrl: `https://github.com/example/${service}/actions/runs/7`,
  runConclusion: 'success',
  commitOnBranch: true,
  workflow: 'ci.yml',
  actors: ['dora'],
  unfinished: [],
  checks: [
    { workflow: 'ci.yml', name: 'test', conclusion: 'success', url: null },
    { workflow: 'ci.yml', name: 'security-scan', conclusion: 'success', url: null },
  ],
  staging: { state: 'success', url: null },
  model: releases.green.model,
  image: {
    present: true,
    scans: [
      {
        digest: releases.green.digest,
        platform: null,
        status: 'COMPLETE',
        description: '',
        pushedAt: null,
        critical: 0,
        high: 0,
        findings: [],
      },
    ],
    attestations: [attestation],
  },
};

const { version, commit, digest } = releases.green;

export const operation: OperationRecord = {
  id,
  kind: 'deployment',
  service,
  observation: null,
  trigger: {
    ...{ kind: 'person', wants: 'deployment', service, version, type: 'standard', justification: null },
    ...{ actor: 'ana@example.com', at: instant(began) },
  },
  actor: 'ana@example.com',
  executionArn: execution.arn,
  startedAt,
  deadline: '2099-01-01T00:00:00.000Z',
  state: 'shifting-traffic',
  outcome: null,
  reason: null,
  endedAt: null,
  anchoredAt: null,
  release: { version, commit, digest, chartTree: null },
  committedAt: null,
  phases: [],
  promotion: null,
  askedAfter: null,
  live: { version: releases.blue.version, digest: releases.blue.digest, environment: 'blue' },
  contributors: null,
  origin: 'blue',
  target: 'green',
  epoch: 3,
  originReplicas: 3,
  gitCommit: null,
  approved: null,
  formerCommit: null,
  keptWarmUntil: null,
  standbySource: null,
  standbyCommit: null,
  branch: null,
  capacitySince: null,
  shiftedAt: startedAt,
  weights,
  checks: [],
  desired: null,
  judgement: { since: instant(began), state: null, origin: null },
  stateSince: startedAt,
  windowOverride: null,
  measured: null,
  evidenceAwaitedSince: null,
  evidenceAwaited: [],
  syncAwaited: null,
  lockAwaitedSince: null,
  related: null,
  returnedBy: null,
  abort: null,
  pausedBecause: null,
  pausedAt: null,
  resumedAt: null,
  drifts: [],
  diagnosis: [],
};

function configurationOf(wanted: string): ServiceConfiguration {
  const found = readExample().configuration.services.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`The example has no service ${wanted}.`);
  return found;
}
