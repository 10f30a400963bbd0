import type { ApiService, ApiServiceEnvironment } from '../../contracts/api/service.ts';
import { contactWords } from '../../contracts/contact-words.ts';
import type { Instant } from '../../contracts/instant.ts';
import { liveSideTrouble } from '../../contracts/live-side.ts';
import { environmentNames } from '../../contracts/names.ts';
import { timeWords } from '../../contracts/words.ts';
import { table } from './table.ts';
import { nextLines, waitingLines } from './waiting-lines.ts';

/** A service as people look at it: both environments, and everything that keeps it from changing. */
export function serviceLines(service: ApiService, now: Instant): string[] {
  const { name, repository, host, mode, active, environments, lock, inProgress, holds, frozen, problem } = service;
  const trouble = liveTrouble(service);
  const rows = environmentNames.map((environment) => [
    `  ${environment}`,
    ...environmentCells(environments[environment]),
    environment === active ? 'active' : '',
    environments[environment].reason ?? '',
  ]);
  return [
    [name, repository, host].filter(Boolean).join('  '),
    ...table(rows),
    mode === 'observe'
      ? '  observed: another pipeline deploys its releases; Sluice changes nothing here'
      : `  lock: ${lockWords(lock)}`,
    ...inProgress.flatMap((operation) => workLines(operation, now)).map((line) => `  ${line}`),
    ...holds.flatMap((hold) => [
      `  on hold: ${hold.version} since ${timeWords(hold.at)}: ${hold.reason}`,
      `    To deploy it again: sluice release-hold --version ${hold.version} --service ${name} --reason "…"`,
    ]),
    ...(frozen === null
      ? []
      : [
          `  FROZEN by ${frozen.by} since ${timeWords(frozen.at)}: ${frozen.reason}`,
          ...(frozen.operation === null ? [] : [`    See what happened: sluice operation ${frozen.operation}`]),
          `    When a healthy side has the traffic: sluice unfreeze --service ${name} --reason "…"`,
        ]),
    ...(problem === null ? [] : [`  ${isKnown(service) ? 'ROUTE' : 'TRAFFIC NOT KNOWN'}: ${problem}`]),
    ...(trouble === null ? [] : [`  LIVE SIDE: it is ${active}. ${trouble.text}`]),
  ];
}

/** Whether somebody has to look at a service now. */
export const needsHelp = (service: ApiService): boolean =>
  service.frozen !== null || service.problem !== null || liveTrouble(service) !== null;

const liveTrouble = ({ active, environments }: ApiService) =>
  active === null ? null : liveSideTrouble(environments[active]);

/** Where to look besides, and whom to call, level by level. */
export const helpLines = ({ links, contacts }: ApiService): string[] => [
  ...(links.length === 0 ? [] : ['  Links:']),
  ...links.map(({ name, url }) => `    ${name}: ${url}`),
  ...(contacts.length === 0 ? [] : ['  Whom to call:']),
  ...contacts.map(contactWords).map(({ name, value }) => `    ${name}: ${value}`),
];

/** Whether the weights could be read, whatever else is wrong with the route. */
const isKnown = ({ environments }: ApiService): boolean =>
  environmentNames.every((one) => environments[one].weight !== null);

const environmentCells = ({ version, weight, health, ready }: ApiServiceEnvironment): string[] => [
  version ?? (health === 'unknown' ? '?' : '-'),
  `${weight ?? '?'} %`.padStart(5),
  health,
  `${ready ?? '?'} ready`,
];

/** What an operation does or waits for, and what may be typed. */
function workLines(operation: ApiService['inProgress'][number], now: Instant): string[] {
  const { id, kind, release, state, abort, waiting, next } = operation;
  const name = `${kind}${release === null ? '' : ` of ${release.version}`} (${id})`;
  if (abort !== null) return [`${name}: being aborted by ${abort.actor}: ${abort.reason}`];
  if (waiting === null) return [`${name}: ${state}`, ...nextLines(next, now).map((line) => `  ${line}`)];
  const [first, ...rest] = waitingLines(waiting, now);
  return [`${name}: ${first}`, ...rest];
}

function lockWords({ holder, kind, acquiredAt, epoch }: ApiService['lock']): string {
  if (holder === null) return 'free';
  if (kind === null) return 'held by Sluice itself for a moment';
  return `${kind} ${holder}${acquiredAt === null ? '' : ` since ${timeWords(acquiredAt)}`} (epoch ${epoch})`;
}
