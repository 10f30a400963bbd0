import { because, type Reason } from '../../contracts/reason.ts';
import type { ForeignChange } from '../../contracts/records/branch.ts';

/** Where a change stands, and by which words people name it. */
export interface BranchPlace {
  readonly service: string;
  readonly environment: string;
  readonly repository: string;
  readonly branch: string;
}

const short = (commit: string): string => commit.slice(0, 7);
const mostNamed = 4;

/** What is on the branch that Sluice did not write, in one sentence or two: commits with their authors, then files. */
export function foreignWords({ branch, repository }: BranchPlace, change: ForeignChange): string {
  const { base, head, commits, files, status } = change;
  const where = `Branch ${branch} of ${repository} is at ${short(head)}`;
  if (base === null) return `${where}, and nobody has decided yet whether Sluice may build on it.`;
  const rewritten = status === 'behind' || status === 'diverged' ? ' Its history was rewritten.' : '';
  const by = some(
    commits.map(({ sha, title, author }) => `${short(sha)} “${title}” by ${author}`),
    change.more,
  );
  const changed = some(
    files.map(({ path, change: how }) => `${path} (${how})`),
    change.more,
  );
  const what = commits.length === 0 ? '' : `: ${by}`;
  const which = files.length === 0 ? '' : ` Changed: ${changed}.`;
  return `${where}, and Sluice last left it at ${short(base)}${what}.${rewritten}${which}`;
}

/** The two ways out, as commands. */
export function foreignCommands({ service, environment }: BranchPlace): {
  show: string;
  reset: string;
  propose: string;
} {
  return {
    show: `sluice branch show --service ${service} --environment ${environment}`,
    reset: `sluice branch reset --service ${service} --environment ${environment} --reason "…"`,
    propose: `sluice branch propose --service ${service} --environment ${environment} --reason "…"`,
  };
}

/** Why an operation stops at a foreign head, and what to do. @param version of the release that stops. */
export function foreignReason(place: BranchPlace, change: ForeignChange, version: string): Reason {
  const { show, reset, propose } = foreignCommands(place);
  const away = change.base === null ? '' : `\`${reset}\` discards it; `;
  const ways = `See it: \`${show}\`. ${away}\`${propose}\` shows it to the approvers of the next release. Then start ${version} again: this operation does not continue.`;
  const told = `${foreignWords(place, change)} Nothing was committed or synced.`;
  return because('BranchChangedElsewhere', told, ways);
}

function some(items: readonly string[], more: boolean): string {
  const left = items.length - mostNamed;
  const rest = left > 0 ? ` and ${left}${more ? ' or more' : ''} others` : more ? ' and more' : '';
  return `${items.slice(0, mostNamed).join(', ')}${rest}`;
}
