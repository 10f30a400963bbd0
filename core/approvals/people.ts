import type { Contributor, Involvement } from '../../contracts/contributor.ts';
import { isSameName, mailboxKey } from '../../contracts/name-key.ts';
import { oneLine } from '../../contracts/one-line.ts';

/** One person, by all the names that are theirs (`people:` in sluice.yaml). */
export interface KnownPerson {
  /** The address that links go to, and by which the person stands in records. */
  readonly mail: string;
  /** Other addresses. */
  readonly mails?: readonly string[] | undefined;
  /** GitHub logins. */
  readonly github?: string | readonly string[] | undefined;
  /** Names that the sign-in service knows. */
  readonly signIn?: string | readonly string[] | undefined;
}

type People = readonly KnownPerson[];

/** The person with this mail address, and no other name. */
export const personByMail = <Person extends KnownPerson>(people: readonly Person[], address: string): Person | null =>
  only(people.filter((person) => has([person.mail, ...(person.mails ?? [])], address)));

/** The person with this GitHub login, and no other name. */
export const personByGithub = <Person extends KnownPerson>(people: readonly Person[], login: string): Person | null =>
  only(people.filter(({ github }) => has(listOf(github), login)));

/** The person whom the sign-in service calls so. Who has no `signIn` is known to it by the mail address. */
export const personBySignIn = <Person extends KnownPerson>(people: readonly Person[], name: string): Person | null =>
  only(people.filter(({ signIn, mail }) => has(listOf(signIn).length === 0 ? [mail] : listOf(signIn), name)));

/** The person who goes by `name` somewhere: mail, GitHub login or sign-in name. Null as well when two people do. */
export const findPerson = <Person extends KnownPerson>(people: readonly Person[], name: string): Person | null =>
  only(
    people.filter(({ mail, mails = [], github, signIn }) =>
      has([mail, ...mails, ...listOf(github), ...listOf(signIn)], name),
    ),
  );

const has = (names: readonly string[], wanted: string): boolean => names.some((name) => isSameName(name, wanted));
const listOf = (names: string | readonly string[] | undefined): readonly string[] =>
  names === undefined ? [] : typeof names === 'string' ? [names] : names;
const only = <Person>(found: readonly Person[]): Person | null => (found.length === 1 ? (found[0] ?? null) : null);

/** Somebody of `people` whose approval does not count. */
export interface Exclusion {
  /** The person's mail address. */
  readonly person: string;
  readonly because: readonly Involvement[];
}

export interface Exclusions {
  readonly people: readonly Exclusion[];
  /** Names that belong to nobody in `people`, each on one line: they exclude nobody, and the approvers are shown them. */
  readonly unknown: readonly string[];
}

/**
 * Who does not count because they took part. Each name that was found excludes its person: what GitHub says and what a commit says of
 * itself may be two people, and then neither counts. Where no name leads to anybody of `people`, the name is shown.
 */
export function exclusionsOf(people: People, contributors: readonly Contributor[]): Exclusions {
  const because = new Map<string, Set<Involvement>>();
  const unknown = new Map<string, string>();
  for (const { as, login, mail, name } of contributors) {
    const found = [
      login === null ? null : personByGithub(people, login),
      mail === null ? null : personByMailbox(people, mail),
      mail === null ? null : personByNoReply(people, mail),
    ].filter((person) => person !== null);
    for (const person of found) because.set(person.mail, (because.get(person.mail) ?? new Set()).add(as));
    const known = login === null ? found.length > 0 : personByGithub(people, login) !== null;
    const shown = login ?? mail ?? name;
    if (known || shown === null || (isBot(login) && !writes.has(as))) continue;
    unknown.set(shown, oneLine(login === null && name !== null && mail !== null ? `${name} <${mail}>` : shown));
  }
  return {
    people: [...because].map(([person, reasons]) => ({ person, because: [...reasons] })),
    unknown: [...unknown.values()],
  };
}

/** A bot that merges or starts a run is no news to an approver; one that writes is. */
const isBot = (login: string | null): boolean => login?.endsWith('[bot]') === true;
const writes: ReadonlySet<Involvement> = new Set(['author', 'co-author', 'pull-request']);

/**
 * By any address of the person's mailbox: as `ana+git@example.com` somebody may write and would not be known by it. That it excludes whoever
 * has the address without `+` where a server takes the two for two people costs an approval, and the other way round would give one away.
 */
const personByMailbox = (people: People, address: string): KnownPerson | null =>
  personByMail(people, address) ??
  only(
    people.filter(({ mail, mails = [] }) => [mail, ...mails].some((one) => mailboxKey(one) === mailboxKey(address))),
  );

/** GitHub's own addresses hold the login: `1234+ana@users.noreply.github.com`, or another host behind `noreply.`. */
function personByNoReply(people: People, mail: string): KnownPerson | null {
  const login = /^(?:\d+\+)?([A-Za-z\d_-]+)@users\.noreply\.[a-z\d.-]+$/i.exec(mail)?.[1];
  return login === undefined ? null : personByGithub(people, login);
}
