import { createHash } from 'node:crypto';
import { parsePatch } from 'diff';
import { configure } from 'safe-stable-stringify';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import { shortLine } from '../../contracts/one-line.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ReleaseRecord } from '../../contracts/records/release.ts';
import type { ReleaseChanges, Subject, SubjectDiff } from '../../contracts/records/subject.ts';
import { deploymentTypeOf, justificationOf } from '../../contracts/trigger.ts';
import { sentence } from '../../contracts/words.ts';
import { isMajor } from './required-rules.ts';

export interface SubjectParts {
  readonly operation: Pick<
    OperationRecord,
    'id' | 'kind' | 'trigger' | 'live' | 'target' | 'checks' | 'branch' | 'release' | 'standbySource'
  >;
  readonly service: ServiceConfiguration;
  /** The release as it is on record. */
  readonly known: Pick<ReleaseRecord, 'release' | 'evidence'>;
  /** Null where nothing was gathered, as for the way back to a release that was live before. */
  readonly since: ReleaseChanges | null;
  /** Everybody who took part, who asked for it included. */
  readonly contributors: NonNullable<Subject['contributors']>;
}

/** Most characters of one commit's first line that a subject keeps. */
const longestLine = 200;
/** Most commits that are listed by name. */
const mostCommits = 100;
const mostPulls = 100;

/**
 * The document that approvers decide on (DESIGN §5, Approvals). The same facts give the same document, whenever they were gathered: it has no
 * time of day, no revision and nothing that one reading of the evidence may say and the next not.
 */
export function subjectOf({ operation, service, known, since, contributors }: SubjectParts): Subject {
  const { release, evidence } = known;
  const { trigger, live, branch } = operation;
  const type = deploymentTypeOf(trigger);
  return {
    operation: operation.id,
    kind: operation.kind,
    type,
    release: {
      service: release.service,
      version: release.version,
      commit: release.commit,
      image: release.image,
      digest: release.digest,
      chart: release.chart,
      chartTree: operation.release?.chartTree ?? null,
      reversible: release.reversible,
    },
    live,
    evidence: {
      checks: evidence.checks
        .map(({ workflow, name, conclusion }) => ({ workflow, name, conclusion }))
        .toSorted((a, b) => keyOf(a).localeCompare(keyOf(b), 'en')),
      judged: operation.checks
        .filter(({ advisory, besideLive }) => advisory !== true && besideLive !== true)
        .map(({ name, result, reason }) => ({ name, result, reason })),
      staging: evidence.staging?.state ?? null,
      model: { ...release.model?.metrics },
    },
    since: since === null ? { changes: null, chart: null, manifests: null, unknown: [] } : shortened(since),
    branch: branch && {
      environment: branch.environment,
      head: branch.head,
      foreign: branch.change === null ? null : branch.change.head,
      proposed: branch.proposed,
    },
    ...(operation.standbySource === null ? {} : { source: operation.standbySource.source }),
    plan: {
      target: operation.target ?? (live === null ? null : otherEnvironment(live.environment)),
      steps: service.traffic.steps,
      interval: service.traffic.interval,
      bake: service.bake,
      keepWarm: service.standby.keepWarm,
    },
    contributors: {
      people: contributors.people.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      complete: contributors.complete,
    },
    risks: risksOf(operation, known, since, type, service),
  };
}

/** SHA-256 of the subject's canonical JSON (keys sorted, no spaces), in hexadecimal: what a decision names. */
export const subjectHash = (subject: Subject): string =>
  createHash('sha256')
    .update(canonical(subject) ?? '')
    .digest('hex');

const canonical = configure({ deterministic: true, strict: true });

const keyOf = (check: Subject['evidence']['checks'][number]) => `${check.workflow}/${check.name}/${check.conclusion}`;

const shortened = (since: ReleaseChanges): ReleaseChanges => ({
  ...since,
  ...(since.pulls === undefined
    ? {}
    : {
        pulls: since.pulls.slice(0, mostPulls).map((pull) => ({
          ...pull,
          title: shortLine(pull.title, longestLine),
        })),
      }),
  changes: since.changes && {
    ...since.changes,
    commits: since.changes.commits.slice(0, mostCommits).map(({ sha, subject, author }) => ({
      sha,
      subject: shortLine(subject, longestLine),
      author: author === null ? null : shortLine(author, longestLine),
    })),
  },
});

function risksOf(
  { kind, live, trigger, branch, standbySource }: SubjectParts['operation'],
  { release }: SubjectParts['known'],
  since: ReleaseChanges | null,
  type: Subject['type'],
  { versions }: SubjectParts['service'],
): string[] {
  const why = justificationOf(trigger);
  const justification = why === null ? '' : `: ${why}`;
  const listed = Math.min(since?.changes?.commits.length ?? 0, mostCommits);
  const total = since?.changes?.total ?? 0;
  const behind = since?.changes?.behind ?? 0;
  const pulls = since?.pulls?.length ?? 0;
  return [
    ...(branch === null || branch.change === null
      ? []
      : [
          branch.proposed
            ? `Somebody else has written on the branch of ${branch.environment}; that goes in with this release.`
            : `Somebody else has written on the branch of ${branch.environment}; the deployment stops there unless it is reset.`,
        ]),
    ...(standbySource?.differs
      ? ["Argo CD's Application adds something else to the chart there than on the live side: see Argo CD, below."]
      : []),
    ...(release.reversible ? [] : ['It cannot be undone by sending the traffic back.']),
    ...(type === 'hotfix'
      ? [sentence(`It is a hotfix, which passes outside the deployment windows${justification}`)]
      : []),
    ...(kind === 'deployment' &&
    live !== null &&
    versions === 'semver' &&
    isMajor({ previousVersion: live.version, version: release.version, versions })
      ? [`The major version changes, from ${live.version} to ${release.version}.`]
      : []),
    ...(kind === 'deployment' && live === null ? ['Nothing is known to be live, so nobody can say what changes.'] : []),
    ...(behind === 0 || live === null
      ? []
      : [`It takes back ${behind === 1 ? '1 commit' : `${behind} commits`} of ${live.version}, which is live.`]),
    ...(total > listed ? [`It has ${total} commits; only the first ${listed} are listed.`] : []),
    ...(pulls > mostPulls ? [`It has ${pulls} pull requests; only the first ${mostPulls} are listed.`] : []),
    ...(since?.chart?.cut || since?.manifests?.cut ? ['The diff is long and only its beginning is shown.'] : []),
  ];
}

/**
 * Whether what was decided on includes what there is to decide on now, so that decisions stay: another release has gone live meanwhile that was
 * part of it, and nothing else is new. So a release that waits for its turn behind an older one is not asked for twice. Release, evidence, chart,
 * steps and risks are the same; each commit, pull request and changed line was before the approvers, but for former values of what a line sets that they
 * have seen: those are what is live now.
 *
 * That more people took part than was known, as by a run of CI that somebody repeated, changes nothing of it: those do not count, and nobody else is lost.
 */
export function covers(decided: Subject, now: Subject): boolean {
  const what = ({ contributors: _, ...rest }: Subject) => canonical(rest);
  if (what(decided) === what(now)) return true;
  const constant = ({ live: _, since: __, branch: ___, risks: ____, contributors: _____, plan, ...rest }: Subject) => {
    const { target: ______, ...steps } = plan;
    // Its files are called after the environment, which is the other one once another release is live.
    return { ...rest, source: rest.source?.sha256 ?? null, steps };
  };
  if (canonical(constant(decided)) !== canonical(constant(now))) return false;
  const [before, after] = [decided.since.changes, now.since.changes];
  if (before === null || after === null || after.commits.length !== after.total) return false;
  const isKnown = among(before.commits);
  return (
    after.total < before.total &&
    after.commits.every(isKnown) &&
    (now.since.pulls ?? []).every(among(decided.since.pulls ?? [])) &&
    now.risks.every((risk) => decided.risks.includes(risk)) &&
    now.since.unknown.every((text) => decided.since.unknown.includes(text)) &&
    (now.branch === null || now.branch.foreign === null) &&
    now.since.chart !== null &&
    coversDiff(decided.since.chart, now.since.chart) &&
    coversDiff(decided.since.manifests, now.since.manifests)
  );
}

/** Whether something exactly like this is in the list. */
const among = (list: readonly unknown[]) => {
  const known = new Set(list.map((one) => canonical(one)));
  return (one: unknown) => known.has(canonical(one));
};

function coversDiff(decided: SubjectDiff | null, now: SubjectDiff | null): boolean {
  if (decided === null || now === null) return decided === now;
  if (decided.cut || now.cut) return false;
  const seen = changedBlocks(decided);
  return [...changedBlocks(now)].every(([file, blocks]) => {
    const known = seen.get(file)?.flat() ?? [];
    return blocks.every((lines) =>
      lines.every((line) => !isHidden(line) && (known.includes(line) || isReplaced(line, lines))),
    );
  });
}

/** Nobody has seen what is hidden, so that it may be another value each time. */
const isHidden = (line: string): boolean => line.includes('(hidden');

/** Whether a line that goes is a former value of what a line beside it sets: no more go with that name than come. */
function isReplaced(line: string, block: readonly string[]): boolean {
  const key = keyOfLine(line);
  if (!line.startsWith('-') || key === null) return false;
  const count = (sign: string) => block.filter((one) => one.startsWith(sign) && keyOfLine(one) === key).length;
  return count('-') <= count('+');
}

/** Indent and name of a line of YAML. */
const keyOfLine = (line: string): string | null =>
  /^[+-](\s*(?:- )?["']?[\w./-]+["']?):(?:\s|$)/.exec(line)?.[1] ?? null;

/** Lines that come and go, as they stand together, by the names of their file on both sides. */
const changedBlocks = ({ text }: SubjectDiff): ReadonlyMap<string, readonly (readonly string[])[]> =>
  new Map(
    parsePatch(text).map(({ oldFileName, newFileName, hunks }) => [
      `${oldFileName} ${newFileName}`,
      hunks.flatMap(({ lines }) => blocksOf(lines)),
    ]),
  );

function blocksOf(lines: readonly string[]): string[][] {
  const blocks: string[][] = [[]];
  for (const line of lines) {
    if (/^[+-]/.test(line)) blocks.at(-1)?.push(line);
    else blocks.push([]);
  }
  return blocks;
}
