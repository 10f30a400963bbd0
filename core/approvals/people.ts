import type { Person } from '../../contracts/configuration/configuration.ts';

type KnownPerson = Pick<Person, 'mail' | 'github' | 'signIn'>;

/** The person who goes by `name` somewhere: mail, GitHub login or sign-in name, in any case. */
export function findPerson(people: readonly KnownPerson[], name: string): KnownPerson | null {
  const wanted = name.toLowerCase();
  const names = ({ mail, github, signIn }: KnownPerson) => [mail, github, signIn];
  return people.find((person) => names(person).some((known) => known?.toLowerCase() === wanted)) ?? null;
}

/** The person whom the sign-in service calls so. Who has no `signIn` is known to it by the mail address. */
export const personBySignIn = (people: readonly KnownPerson[], name: string): KnownPerson | null =>
  people.find(({ mail, signIn }) => sameName(signIn ?? mail, name)) ?? null;

/** The person with this mail address, and no other name. */
export const personByMail = (people: readonly KnownPerson[], address: string): KnownPerson | null =>
  people.find(({ mail }) => sameName(mail, address)) ?? null;

/** The person with this GitHub login, and no other name. */
export const personByGithub = (people: readonly KnownPerson[], login: string): KnownPerson | null =>
  people.find(({ github }) => github !== undefined && sameName(github, login)) ?? null;

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Who started the deployment and who wrote the release, by any of their names; null when it was nobody or is not known. */
export interface Involved {
  readonly triggeredBy: string | null;
  readonly author: string | null;
}

export interface Exclusions {
  /** Mail addresses that do not count towards a quorum. */
  readonly mails: ReadonlySet<string>;
  /** Names that belong to nobody in `people`: they exclude nobody, and the approver is shown them. */
  readonly unknown: readonly string[];
}

/** Who does not count because they triggered or authored the release. A mail address counts as itself without an entry. */
export function exclusionsOf(people: readonly KnownPerson[], { triggeredBy, author }: Involved): Exclusions {
  const mails = new Set<string>();
  const unknown: string[] = [];
  for (const name of new Set([triggeredBy, author])) {
    if (name === null) continue;
    const person = findPerson(people, name);
    if (person) mails.add(person.mail.toLowerCase());
    else {
      if (name.includes('@')) mails.add(name.toLowerCase());
      if (name === author || !name.includes('@')) unknown.push(name);
    }
  }
  if (author === null) unknown.push('the author of the release');
  return { mails, unknown };
}
