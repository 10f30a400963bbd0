import type { ComplianceRules } from '../../contracts/configuration/compliance.ts';
import type { Evidence } from '../../contracts/evidence.ts';

type Found = NonNullable<Evidence['changes']>[number];

/** One wanted thing and whether it is there. */
export interface ComplianceCheck {
  readonly name: string;
  readonly result: 'pass' | 'fail';
  readonly reason: string;
  readonly url?: string;
}

/** What the house wants to find of each release: a change record, and documents in the commit itself. */
export function complianceChecks(
  { changes = null, documents = [] }: Pick<Evidence, 'changes' | 'documents'>,
  rules: ComplianceRules,
): ComplianceCheck[] {
  return [
    ...(rules.change === null ? [] : [changeCheck(changes, rules.change)]),
    ...rules.documents.map((path): ComplianceCheck => {
      const name = `document ${path}`;
      const found = documents.find((one) => one.path === path);
      if (found?.url == null) return { name, result: 'fail', reason: 'it is not in the commit' };
      return { name, result: 'pass', reason: 'it is in the commit', url: found.url };
    }),
  ];
}

/** One good record is enough: a message may name others. */
function changeCheck(
  changes: readonly Found[] | null,
  { pattern, lookup, label }: NonNullable<ComplianceRules['change']>,
): ComplianceCheck {
  const name = 'change record';
  const fail = (reason: string, url?: string): ComplianceCheck => ({
    ...{ name, result: 'fail' as const, reason },
    ...(url === undefined ? {} : { url }),
  });
  if (changes === null) return fail('nobody has looked for one; gather the evidence again');
  const [first] = changes;
  if (first === undefined) return fail(`neither the commit’s message nor its pull requests name one (${pattern})`);
  if (lookup === null) {
    return { name, result: 'pass', reason: `${changes.map(({ id }) => id).join(', ')} (named, not looked up)` };
  }
  const why = new Map(changes.map((one) => [one, whyNot(one, label)]));
  const good = changes.find((one) => why.get(one) === null);
  if (good === undefined)
    return fail(changes.map((one) => `${one.id} ${why.get(one)}`).join('; '), first.issue?.url ?? first.lookedUp);
  const { id, issue } = good;
  return { name, result: 'pass', reason: `${id}: ${issue?.title}`, ...(issue === null ? {} : { url: issue.url }) };
}

function whyNot({ issue }: Found, label: string | undefined): string | null {
  if (issue === null) return 'is not an issue at GitHub';
  if (issue.isPull) return 'is a pull request, not an issue';
  if (label !== undefined && !issue.labels.includes(label)) return `does not have the label ${label}`;
  return null;
}

/** So many records are looked up; a message that names more means none of them. */
const most = 10;

/** The change records that texts name, each once, in order, with the number by which each may be looked up; null where it has none. */
export function namedChanges(
  texts: readonly string[],
  { pattern }: Pick<NonNullable<ComplianceRules['change']>, 'pattern'>,
): readonly { readonly id: string; readonly number: number | null }[] {
  const found = new Map<string, number | null>();
  for (const text of texts) {
    for (const match of text.matchAll(new RegExp(pattern, 'gu'))) {
      const [id, group] = match;
      if (id === '') continue;
      const digits = /^\d{1,9}$/.exec(group ?? '') ?? /\d{1,9}/.exec(id);
      found.set(id, digits === null ? null : Number(digits[0]));
    }
  }
  return [...found].slice(0, most).map(([id, number]) => ({ id, number }));
}
