import type {
  RepositoryAccess,
  RepositoryPermission,
  TokenExpiry,
} from '../../adapters/installation/repository-access.ts';
import type { Configuration, ServiceConfiguration } from '../../contracts/configuration/configuration.ts';
import { requiredProofs } from '../../contracts/configuration/image.ts';
import { between, formatInstant, type Instant } from '../../contracts/instant.ts';
import { environmentNames } from '../../contracts/names.ts';
import { tokenWarning } from '../../contracts/token-warning.ts';
import { check, type Finding, looked, missing, ok, unknown } from './finding.ts';

interface Tokens {
  /** Writes the branches of environments. */
  readonly github: RepositoryAccess;
  /** Reads what CI has built. */
  readonly reader: RepositoryAccess;
  /** Lets GitHub show deployments; there only where a service has `approvals.environment`. */
  readonly deployments: RepositoryAccess;
}

/** What Sluice’s own tokens find on GitHub: the workflows that start deployments, and the branches that it writes. */
export async function checkGitHub(
  tokens: Tokens,
  { services }: Configuration,
  now: Instant,
): Promise<readonly Finding[]> {
  const found = await Promise.all(
    services.flatMap((service) => [
      looked(`${service.name}: how long GitHub’s tokens last`, () => checkExpiry(tokens, service, now)),
      looked(`${service.name}: GitHub`, () => checkService(tokens, service)),
      looked(`${service.name}: the token that reads CI`, () => checkReader(tokens, service)),
      ...(service.approvals.environment === null
        ? []
        : [looked(`${service.name}: the token that shows deployments`, () => checkShowing(tokens, service, now))]),
    ]),
  );
  return found.flat();
}

/** A token that has ended stops every deployment, and nobody would know before the next one. */
async function checkExpiry(
  { github, reader }: Tokens,
  { name, gitops }: ServiceConfiguration,
  now: Instant,
): Promise<readonly Finding[]> {
  const tokens = [
    ['github-token', github],
    ['github-reader-token', reader],
  ] as const;
  return Promise.all(
    tokens.map(async ([token, access]) => lasts(`${name}: ${token}`, await access.tokenExpiry(gitops.repository), now)),
  );
}

const lasts = (token: string, ends: TokenExpiry, now: Instant): Finding =>
  check(
    `${token} lasts for another ${tokenWarning.days} days`,
    ends === 'never' || (ends !== 'invalid' && between(now, ends) > tokenWarning.before) ? 'holds' : 'fails',
    typeof ends === 'number' ? `it ends at ${formatInstant(ends)}` : 'GitHub does not take it',
    'Store a new one, or a GitHub App, whose tokens are renewed each hour: docs/runbooks/rotate-a-secret.md.',
  );

/** Without it nothing fails, and nobody would know why GitHub shows nothing. */
async function checkShowing(
  { deployments }: Pick<Tokens, 'deployments'>,
  { name, repository }: ServiceConfiguration,
  now: Instant,
): Promise<readonly Finding[]> {
  const token = `${name}: github-deployments-token`;
  const may = `${token} may show deployments of ${repository}, and write nothing else`;
  const fix = 'It needs deployments: write, and no more: docs/runbooks/rotate-a-secret.md.';
  const rights = await deployments.rights(repository, ['deployments']);
  if (rights === null) return [missing(may, 'it does not see the repository, or is not valid', fix)];
  const { writes } = rights;
  const isRight = writes.length === 1 && writes[0] === 'deployments';
  const found = writes.length === 0 ? 'it may write nothing' : `it may write ${writes.join(', ')}`;
  return [
    check(may, isRight ? 'holds' : 'fails', found, fix),
    lasts(token, await deployments.tokenExpiry(repository), now),
  ];
}

async function checkService(
  { github, reader }: Tokens,
  { name, repository, trigger, gitops, environments }: ServiceConfiguration,
): Promise<readonly Finding[]> {
  const writable = `${name}: Sluice’s token may write to ${gitops.repository}`;
  const canPush = await github.canPush(gitops.repository);
  if (canPush === null) {
    return [
      missing(
        writable,
        'it does not see the repository, or is not valid',
        'Store a token that does: docs/runbooks/rotate-a-secret.md (github-token).',
      ),
    ];
  }
  const branches = await Promise.all(
    environmentNames.map(async (environment) => {
      const { branch } = environments[environment];
      return check(
        `${name}: ${gitops.repository} has the branch ${branch}`,
        (await github.hasBranch(gitops.repository, branch)) ? 'holds' : 'fails',
        'there is no such branch',
        'A person creates it once, with the chart in it (docs/install.md, first service).',
      );
    }),
  );
  const protections = await Promise.all(
    environmentNames.map((environment) =>
      checkProtection(github, name, gitops.repository, environments[environment].branch),
    ),
  );
  return [
    check(
      writable,
      canPush ? 'holds' : 'fails',
      'it may only read, or the repository is archived',
      'It needs contents: write.',
    ),
    ...branches,
    ...protections,
    check(
      `${name}: ${repository} has ${trigger.workflow}`,
      (await reader.hasWorkflow(repository, trigger.workflow)) ? 'holds' : 'fails',
      'there is no such workflow, or the token that reads CI (github-reader-token) may not read actions',
      'trigger.workflow names the workflow that builds releases; the token needs actions: read.',
    ),
  ];
}

/** The token that opens archives of CI, which others fill: it reads what is judged, and writes nothing (I13). */
async function checkReader(
  { reader }: Pick<Tokens, 'reader'>,
  { name, repository, gitops, validation }: ServiceConfiguration,
): Promise<readonly Finding[]> {
  const token = 'github-reader-token';
  const proofs: RepositoryPermission[] = requiredProofs(validation.image).length > 0 ? ['attestations'] : [];
  const { change } = validation.compliance;
  const issuesOf = change?.lookup === 'github' ? (change.repository ?? repository) : null;
  const wanted: readonly [string, readonly RepositoryPermission[]][] = [
    [
      repository,
      [
        'contents',
        'actions',
        'deployments',
        'pull_requests',
        ...proofs,
        ...(issuesOf === repository ? (['issues'] as const) : []),
      ],
    ],
    [gitops.repository, ['contents']],
    ...(issuesOf === null || issuesOf === repository
      ? []
      : [[issuesOf, ['issues']] satisfies [string, RepositoryPermission[]]]),
  ];
  const fix = 'docs/runbooks/rotate-a-secret.md has what each token needs.';
  const found = await Promise.all(
    wanted.map(async ([where, permissions]) => {
      const readable = `${name}: ${token} may read ${permissions.join(', ')} of ${where}`;
      const readOnly = `${name}: ${token} may write nothing in ${where}`;
      const rights = await reader.rights(where, permissions);
      if (rights === null) return [missing(readable, 'it does not see the repository, or is not valid', fix)];
      const { scopes, writes, unread } = rights;
      const refused = unread.map(({ permission, needs }) => `${permission} (GitHub wants ${needs})`).join(', ');
      const written =
        scopes === null
          ? `it may write ${writes.join(', ')}`
          : `it is a classic token, and its scope ${writes.join(', ')} writes to each repository of its account`;
      return [
        check(readable, unread.length === 0 ? 'holds' : 'fails', `it may not read ${refused}`, fix),
        check(
          readOnly,
          writes.length === 0 ? 'holds' : 'fails',
          written,
          `Make a fine-grained token that only reads, and put it in its place: ${fix}`,
        ),
      ];
    }),
  );
  return found.flat();
}

/** Whether only Sluice can write the branch: what others write there stops every deployment until a person has decided about it. */
async function checkProtection(
  github: RepositoryAccess,
  name: string,
  repository: string,
  branch: string,
): Promise<Finding> {
  const what = `${name}: only Sluice’s account may write ${branch}`;
  const { restricted, forcePushBlocked } = await github.protection(repository, branch);
  const faults = [
    ...(restricted === false ? ['everybody who may write to the repository may push to it'] : []),
    ...(forcePushBlocked === false ? ['its history may be rewritten'] : []),
  ];
  if (faults.length > 0) {
    const fix = `A ruleset of ${repository} for ${branch}: “Restrict updates” with Sluice’s account alone on its bypass list, “Block force pushes”, “Restrict deletions”.`;
    return missing(what, faults.join('; '), fix);
  }
  if (restricted === null || forcePushBlocked === null) {
    return unknown(
      what,
      'it is protected, and by what only an administrator of the repository can see; a ruleset everybody can see',
    );
  }
  return ok(what);
}
