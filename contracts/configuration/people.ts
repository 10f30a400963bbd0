import type { z } from 'zod';
import { isSameName, mailboxKey, nameKey } from '../name-key.ts';
import { assignPeople } from '../quorum.ts';
import type { ApprovalRule } from './approvals.ts';

interface PersonEntry {
  readonly mail: string;
  readonly mails: readonly string[];
  readonly github: readonly string[];
  readonly signIn: readonly string[];
}

interface Problem {
  readonly message: string;
  readonly path: (string | number)[];
}

/** Who has no `signIn` is known to the sign-in service by the mail address. */
const signInNames = ({ signIn, mail }: PersonEntry) => (signIn.length === 0 ? [mail] : signIn);
const mailsOf = ({ mail, mails }: PersonEntry) => [mail, ...mails];

/** Each name is one person's: whoever goes by a name of two people could decide as the other. */
export function everyNameOnce(people: readonly PersonEntry[], context: z.RefinementCtx): void {
  const kinds = [
    { what: 'mail', of: mailsOf },
    { what: 'github', of: ({ github }: PersonEntry) => github },
    { what: 'signIn', of: signInNames },
  ];
  for (const { what, of } of kinds) {
    const owners = new Map<string, string>();
    for (const [index, person] of people.entries()) {
      for (const name of of(person)) {
        const key = what === 'mail' ? mailboxKey(name) : nameKey(name);
        const owner = owners.get(key);
        owners.set(key, owner ?? name);
        if (owner === undefined) continue;
        const message = isSameName(owner, name)
          ? `${what} ${name} appears twice`
          : `${name} is the mailbox of ${owner}: one person, with the other address among mails`;
        // One person's own addresses may well share a mailbox.
        if (!isSameName(owner, name) && people.findIndex((other) => of(other).includes(owner)) === index) continue;
        context.addIssue({ code: 'custom', path: [index], message });
      }
    }
  }
  for (const [index, person] of people.entries()) {
    const other = people.findIndex(
      (one) => one !== person && person.signIn.some((name) => mailsOf(one).some((mail) => isSameName(mail, name))),
    );
    if (other !== -1)
      context.addIssue({ code: 'custom', path: [index], message: `signIn is a mail address of people[${other}]` });
  }
}

const personOf = (people: readonly PersonEntry[], address: string): string | null =>
  people.find((person) => mailsOf(person).some((mail) => isSameName(mail, address)))?.mail ?? null;

const nobody = (address: string): string =>
  `${address} is nobody of people: add the person there, or an address of theirs to mails`;

/** What is wrong with the members of the rules: people each, and enough of them for every rule at once. */
export function* approverProblems(
  people: readonly PersonEntry[],
  { rules, distinct }: { readonly rules: readonly ApprovalRule[]; readonly distinct: boolean },
): Iterable<Problem> {
  let known = true;
  for (const [index, { members }] of rules.entries()) {
    const found = new Map<string, string>();
    for (const [at, member] of members.entries()) {
      const person = personOf(people, member);
      const path = ['rules', index, 'members', at];
      const other = person === null ? undefined : found.get(person);
      if (person === null) yield { path, message: nobody(member) };
      else if (other !== undefined) yield { path, message: `is the same person as ${other}` };
      else found.set(person, member);
      if (person === null || other !== undefined) known = false;
    }
  }
  if (!known || !distinct) return;
  for (const occasion of occasionsOf(rules)) {
    const together = rules.filter(({ when }) => occasion.includes(when));
    const tooFew = wantTooMany(people, together);
    if (tooFew === null) continue;
    yield { path: ['rules'], message: `${tooFew}${occasion.length === 1 ? '' : ` (${occasion.join(', ')})`}` };
    return;
  }
}

/** Which rules may apply together, as `requiredRules` in core/approvals has them: each set of `when` that somebody has written rules for. */
function occasionsOf(rules: readonly ApprovalRule[]): ApprovalRule['when'][][] {
  const has = (when: ApprovalRule['when']) => rules.some((rule) => rule.when === when);
  const types: ApprovalRule['when'][][] = [['always'], ['always', 'major'], ['hotfix']];
  const more: ApprovalRule['when'][][] = [
    [],
    ['irreversible'],
    ['too-many-commits'],
    ['irreversible', 'too-many-commits'],
  ];
  return more.flatMap((extra) => types.map((type) => [...type, ...extra])).filter((occasion) => occasion.every(has));
}

/**
 * Why a release that cannot be undone could never be approved though nobody has written a rule for it: all rules there are apply to it then.
 * Null when it could.
 */
export function irreversibleNeverApproved(
  people: readonly PersonEntry[],
  { rules, distinct }: { readonly rules: readonly ApprovalRule[]; readonly distinct: boolean },
): string | null {
  const applies = rules.filter(({ when }) => when !== 'too-many-commits');
  return !distinct || applies.some(({ when }) => when === 'irreversible') ? null : wantTooMany(people, applies);
}

function wantTooMany(people: readonly PersonEntry[], together: readonly ApprovalRule[]): string | null {
  const shares = together.map(({ count, members }) => ({
    count,
    people: members.map((member) => personOf(people, member)).filter((person) => person !== null),
  }));
  const { missing } = assignPeople(shares);
  if (missing === 0 || shares.some(({ count, people: some }) => count > some.length)) return null;
  const roles = [...new Set(together.map(({ role }) => role))].join(' and ');
  return `${roles} want ${missing} more ${missing === 1 ? 'person' : 'people'} than there are: one person counts once for one release, unless approvals has \`distinct: false\``;
}

/** Roles are given to people. */
export function* roleProblems(
  people: readonly PersonEntry[],
  roles: Readonly<Record<'viewer' | 'deployer' | 'admin', readonly string[]>>,
): Iterable<Problem> {
  for (const role of ['viewer', 'deployer', 'admin'] as const) {
    for (const [index, member] of roles[role].entries()) {
      if (personOf(people, member) === null) yield { path: ['roles', role, index], message: nobody(member) };
    }
  }
}
