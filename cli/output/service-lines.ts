import type { ApiService, ApiServiceEnvironment } from '../../contracts/api/service.ts';
import { environmentNames } from '../../contracts/names.ts';
import { timeWords } from '../../contracts/words.ts';
import { table } from './table.ts';

/** A service as people look at it: both environments, and everything that keeps it from changing. */
export function serviceLines(service: ApiService): string[] {
  const { name, repository, host, active, environments, lock, candidate, holds, frozen, problem } = service;
  const rows = environmentNames.map((environment) => [
    `  ${environment}`,
    ...environmentCells(environments[environment]),
    environment === active ? 'active' : '',
    environments[environment].reason ?? '',
  ]);
  return [
    [name, repository, host].filter(Boolean).join('  '),
    ...table(rows),
    `  lock: ${lockWords(lock)}`,
    ...(candidate === null
      ? []
      : [`  next: ${candidate.version} waits for its turn (operation ${candidate.operation})`]),
    ...holds.map((hold) => `  on hold: ${hold.version} since ${timeWords(hold.at)}: ${hold.reason}`),
    ...(frozen === null ? [] : [`  FROZEN by ${frozen.by} since ${timeWords(frozen.at)}: ${frozen.reason}`]),
    ...(problem === null ? [] : [`  WHERE THE TRAFFIC IS, NOBODY KNOWS: ${problem}`]),
  ];
}

const environmentCells = ({ version, weight, health, ready }: ApiServiceEnvironment): string[] => [
  version ?? (health === 'unknown' ? '?' : '-'),
  `${weight ?? '?'} %`.padStart(5),
  health,
  `${ready ?? '?'} ready`,
];

function lockWords({ holder, kind, acquiredAt, epoch }: ApiService['lock']): string {
  if (holder === null) return 'free';
  return `${kind ?? 'operation'} ${holder}${acquiredAt === null ? '' : ` since ${timeWords(acquiredAt)}`} (epoch ${epoch})`;
}
