import type { ChartFilesFound } from '../../../../adapters/gitops/chart-files.ts';
import type { ChartToRender, Rendered } from '../../../../adapters/gitops/helm.ts';
import type {
  Comparison,
  Issue,
  Job,
  SourceControl,
  StagingDeployment,
  WorkflowRun,
} from '../../../../adapters/source/source-control.ts';
import type { Contributor } from '../../../../contracts/contributor.ts';
import type { Evidence } from '../../../../contracts/evidence.ts';
import type { PullRequest } from '../../../../contracts/records/subject.ts';
import type { ReleaseFile } from '../../../../contracts/release.ts';
import { createHandler } from '../../../../functions/release/handler.ts';
import type { ReleaseDeps } from '../../../../pipeline/ports.ts';
import { commit, digest, executionOf, start, type World } from './world.ts';

/** A run of CI that builds releases, as GitHub has it. */
export const goodRun: WorkflowRun = {
  id: 7,
  attempt: 1,
  commit,
  branch: 'main',
  event: 'push',
  workflow: '.github/workflows/ci.yml',
  status: 'completed',
  conclusion: 'success',
  url: 'https://github.com/example/chest-xray-mlops/actions/runs/7',
  actor: 'dana',
  triggeringActor: 'dana',
  repositoryId: 1,
  headRepositoryId: 1,
};

export const goodFile: ReleaseFile = {
  version: 'v2.1.0',
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops',
  digest,
  reversible: true,
  model: { name: 'chest-xray', metrics: { accuracy: 0.94, recall: 0.97 } },
};

export const headOfMain = '0123456789'.repeat(4);

/** What GitHub and the registry say; a test changes what it is about. */
export class FakeSource {
  runs: WorkflowRun[] = [goodRun];
  /** `release.json` by run; of any run the good one without an entry. */
  files = new Map<number, ReleaseFile | null>();
  jobs = new Map<number, Job[]>();
  tags = new Map([['v2.1.0', commit]]);
  staging: StagingDeployment | null = { state: 'success', url: null };
  image: Evidence['image'] = {
    present: true,
    scans: [
      {
        digest,
        platform: null,
        status: 'COMPLETE',
        description: '',
        pushedAt: null,
        critical: 0,
        high: 0,
        findings: [],
      },
    ],
    attestations: null,
  };
  /** Since the live release. */
  commits: Comparison['commits'] = [];
  /** Merged since the live release. */
  pulls: PullRequest[] = [];
  /** Of the pull requests of the release's commit. */
  pullTexts: string[] = [];
  issues = new Map<number, Issue>();
  /** Files of the release's commit. */
  documents = new Set<string>();
  /** The chart's files on a branch. */
  chart: (ref: string) => ChartFilesFound = () => ({ kind: 'unknown', reason: 'There is no chart.' });
  render: (chart: ChartToRender) => Rendered = () => ({ kind: 'unknown', reason: 'there is no Helm' });
  /** The chart on the environments' branches, as an id. */
  branchChart: string | null = 'd'.repeat(40);
  /** Who took part, by repository and head. */
  readonly people = new Map<string, Contributor[]>();
  /** Where the branch of the standby is. */
  branchHead = commit;
  /** What happens while that is on its way to whoever asked. */
  whileHeadIsRead: () => Promise<unknown> = async () => {};
  /** How `head` is, seen from `base`, where it is not the branch. */
  order: (base: string, head: string) => 'ahead' | 'behind' | 'identical' | 'diverged' | null = () => 'ahead';
  /** The heads of branches, and whether a commit is on one of them. */
  heads = new Map([['main', headOfMain]]);
  isOn: (head: string, commit: string) => boolean = () => true;
  messages = new Map<string, string>();
  /** How many commits of the live release are not in the one that is deployed. */
  behind = 0;
  /** What was asked of it. */
  readonly asked: string[] = [];

  readonly source: SourceControl = {
    workflowRun: async (_repository, id) => this.runs.find((run) => run.id === id) ?? null,
    runsOfCommit: async (_repository, sha) => this.runs.filter((run) => run.commit === sha).sort((a, b) => b.id - a.id),
    jobs: async (_repository, id) => this.jobs.get(id) ?? [greenJob('test'), greenJob('security-scan')],
    releaseArtifact: async (_repository, id) => {
      const release = this.files.has(id) ? this.files.get(id) : goodFile;
      return release == null ? { kind: 'unusable', reason: 'there is no artifact' } : { kind: 'found', release };
    },
    stagingDeployment: async ({ createdBy }) => {
      this.asked.push(`staging by ${createdBy.join()}`);
      return this.staging;
    },
    compare: async (_repository, base, head) => {
      const isHead = [...this.heads.values()].includes(base);
      const status = isHead ? (this.isOn(base, head) ? 'behind' : 'diverged') : this.order(base, head);
      return status === null ? null : { status, aheadBy: 1, behindBy: this.behind, commits: this.commits, url: '' };
    },
    commit: async (_repository, sha) => ({
      ...{ sha, author: 'dana', name: 'dana', mail: null, committedAt: start, message: this.messages.get(sha) ?? '' },
    }),
    branchCommit: async (_repository, branch) => this.heads.get(branch) ?? null,
    taggedCommit: async (_repository, tag) => this.tags.get(tag) ?? null,
    contributors: async ({ repository, base, withoutBase, head }) => {
      this.asked.push(`contributors since ${base ?? withoutBase}`);
      return { people: this.people.get(`${repository} ${head}`) ?? [], pulls: this.pulls, commits: 1, complete: true };
    },
    pullTexts: async () => this.pullTexts,
    issue: async (_repository, number) => this.issues.get(number) ?? null,
    fileAt: async (_repository, _commit, path) => (this.documents.has(path) ? { path } : null),
    createDeployment: async () => 1,
    setDeploymentStatus: async () => {},
  };
}

export const greenJob = (name: string): Job => ({ name, conclusion: 'success', url: null });

/** What reads a release, in front of a fake GitHub. */
function reading(world: World, fake: FakeSource, changes: Partial<ReleaseDeps['branch']> = {}) {
  const registry = { describe: async () => fake.image };
  const attestations = { find: async () => [] };
  const chartFiles = { read: async ({ ref }: { ref: string }) => fake.chart(ref) };
  const manifests = { render: async (chart: ChartToRender) => fake.render(chart) };
  const branch = {
    readHead: async () => {
      const head = { commit: fake.branchHead, tree: 'a'.repeat(40) };
      await fake.whileHeadIsRead();
      return head;
    },
    readTree: async () => 'b'.repeat(40),
    chartTree: async () => fake.branchChart,
    readChanges: async (_: unknown, { head }: { head: string }) => ({
      status: 'ahead' as const,
      commits: [{ sha: head, title: 'chore: tidy', author: 'mallory' }],
      files: [{ path: 'chart/templates/deployment.yaml', change: 'modified', patch: '+implant' }],
      more: false,
    }),
    ...changes,
  };
  return { ...world, branch, source: fake.source, registry, attestations, chartFiles, manifests };
}

/** What a plan is made from: half a thousand requests in each window on either side. */
export const planning = (world: World, fake: FakeSource) => ({
  ...reading(world, fake),
  metrics: () => ({ query: async () => ({ kind: 'value' as const, value: 500 }) }),
});

/** The function `release` in front of a fake GitHub. */
export function releasing(world: World, fake: FakeSource, changes: Partial<ReleaseDeps['branch']> = {}) {
  const handle = createHandler(reading(world, fake, changes));
  const trigger = (over: object = {}) => ({
    ...{ kind: 'workflow-run', service: world.service.name, repository: world.service.repository },
    ...{ repositoryId: 1, runId: 7, runAttempt: 1, commit, branch: 'main', workflow: goodRun.workflow },
    ...{ actor: 'somebody-else', runUrl: 'https://evil.example/', ...over },
  });
  const person = (over: object = {}) => ({
    ...{ kind: 'person', wants: 'deployment', service: world.service.name, version: 'v2.1.0' },
    ...{ actor: 'ana@example.com', at: start, ...over },
  });
  return {
    trigger,
    person,
    gather: (name: string, wanted: object = trigger()) =>
      handle({ action: 'gather-evidence', execution: executionOf(name), service: world.service.name, trigger: wanted }),
    validate: (name: string) => handle({ action: 'validate', execution: executionOf(name) }),
  };
}
