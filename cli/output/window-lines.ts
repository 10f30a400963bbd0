import type { ApiService } from '../../contracts/api/service.ts';
import type { Instant } from '../../contracts/instant.ts';
import { table } from './table.ts';
import { untilWords, waitingLines } from './waiting-lines.ts';

/** The windows of a service, and who waits for them. */
export function windowLines(
  { name, windows, waiting }: Pick<ApiService, 'name' | 'windows'> & { waiting: ApiService['inProgress'] },
  now: Instant,
): string[] {
  if (windows === null) return [`${name}: not known, because this API is older than this command line.`];
  const { text, change, list, outside } = windows;
  return [
    `${name}: ${text}${change === null ? '' : ` ${change.text} ${untilWords(change.at, now)}.`}`,
    ...table(
      list.map(({ kind, schedule, duration, timeZone, active }) => [
        `  ${kind}`,
        `"${schedule}"`,
        `for ${duration}`,
        timeZone,
        active ? 'active now' : '',
      ]),
    ),
    ...(list.length === 0 ? [] : [`  ${outside}`]),
    ...waiting.flatMap(({ kind, id, release, waiting: own }) => {
      const [first = '', ...rest] = own === null ? [] : waitingLines(own, now);
      return [
        `  ${kind}${release === null ? '' : ` of ${release.version}`} (${id}): ${first}`,
        ...rest.map((line) => `  ${line}`),
      ];
    }),
  ];
}
