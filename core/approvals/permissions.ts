import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { personByMail } from './people.ts';

/** What Sluice can be asked for, by how much it takes to be allowed to. */
export type Permission =
  /** Look, logs and audits included. */
  | 'look'
  /** Start deployments and rollbacks, emergencies too, move traffic, abort, pause, resume; hold and freeze, which only stop things. */
  | 'operate'
  /** Call a deployment a hotfix, which passes windows with fewer approvals. */
  | 'hotfix'
  /** Release a hold, unfreeze, unlock, override a window, skip steps: undo what keeps the service safe. */
  | 'lift';

type Role = 'viewer' | 'deployer' | 'admin';
type Rights = Pick<Configuration, 'people' | 'roles' | 'services'>;

const roleNeeded: Readonly<Record<Permission, Role>> = {
  look: 'viewer',
  operate: 'deployer',
  hotfix: 'admin',
  lift: 'admin',
};
const words: Readonly<Record<Permission, string>> = {
  look: 'look',
  operate: 'do that',
  hotfix: 'call a deployment a hotfix',
  lift: 'lift what keeps a service safe',
};
/** Each role may what those before it may. */
const ranks: readonly Role[] = ['viewer', 'deployer', 'admin'];

/** A role, and those that may what it may. */
const rolesFrom = (role: Role): readonly Role[] => ranks.slice(ranks.indexOf(role));

/** The role of a person: null for who has none. Approvers are viewers: they have to see what they decide on. */
export function roleOf({ people, roles, services }: Rights, mail: string): Role | null {
  const person = personByMail(people, mail);
  if (person === null) return null;
  if (roles === null) return 'admin';
  const isAmong = (members: readonly string[]) => members.some((member) => personByMail(people, member) === person);
  const given = ranks.findLast((role) => isAmong(roles[role]));
  if (given !== undefined) return given;
  return services.some(({ approvals }) => approvals.rules.some(({ members }) => isAmong(members))) ? 'viewer' : null;
}

/** Null when the person may do it; else what is wanted for it. Where no roles are written, all of `people` may do everything, and others look. */
export function roleMissing(rights: Rights, mail: string | null, permission: Permission): Role | null {
  if (rights.roles === null && permission === 'look') return null;
  const needed = roleNeeded[permission];
  const role = mail === null ? null : roleOf(rights, mail);
  return role !== null && ranks.indexOf(role) >= ranks.indexOf(needed) ? null : needed;
}

/** `ana@example.com may not do that: that needs the role deployer of sluice.yaml, or one above it (ben@example.com).` */
export function roleMissingWords(
  { roles }: Pick<Rights, 'roles'>,
  who: string,
  permission: Permission,
  missing: Role,
): string {
  const allowed = rolesFrom(missing).flatMap((role) => roles?.[role] ?? []);
  const above = missing === 'admin' ? '' : ', or one above it';
  return `${who} may not ${words[permission]}: that needs the role ${missing} of sluice.yaml${above} (${allowed.join(', ') || 'nobody has it'}).`;
}
