import type { ApiOperation } from '../../contracts/api/operation.ts';
import { checkWords, timeWords, weightWords } from '../../contracts/words.ts';
import { decisionWords } from './operation-lines.ts';

/** An operation as Markdown, for the summary of a job. Texts of others stay text: they are in cells and code only. */
export function jobSummary(operation: ApiOperation): string {
  const { id, kind, service, release, outcome, state, reason, actor, startedAt, endedAt } = operation;
  const { weights, approvals, checks } = operation;
  const facts = [
    ['Outcome', outcome ?? `${state}, under way`],
    ['Why', reason ?? ''],
    ['Started', `${timeWords(startedAt)} by ${actor}`],
    ['Ended', endedAt === null ? '' : timeWords(endedAt)],
    ['Traffic', weights === null ? '' : weightWords(weights)],
    ...(approvals?.decisions ?? []).map((decision) => ['Approval', decisionWords(decision)]),
    ...checks.map((check) => [`Check ${check.name}`, checkWords(check)]),
  ];
  return [
    `### ${cell(`${kind} of ${service}${release === null ? '' : ` ${release.version}`}`)}`,
    '',
    `Operation \`${id}\``,
    '',
    '| | |',
    '| --- | --- |',
    ...facts.filter(([, fact]) => fact !== '').map((row) => `| ${row.map((text) => cell(text ?? '')).join(' | ')} |`),
    '',
  ].join('\n');
}

/** No mark-up, no HTML and no end of the cell. */
const cell = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#|~!&@]/g, (mark) => `&#${mark.codePointAt(0)};`);
