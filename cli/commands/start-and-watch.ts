import type { z } from 'zod';
import type { ApiOperation, operationSchema } from '../../contracts/api/operation.ts';
import { type ApiStarted, startedSchema } from '../../contracts/api/started.ts';
import { checkWords, timeWords, weightWords } from '../../contracts/words.ts';
import { decisionWords, operationLines, operationName } from '../output/operation-lines.ts';
import { print, type Session } from '../session.ts';
import { judgeEnding, type Watched, watchOperation } from '../watch.ts';

/** `--no-wait`: only start it. */
export interface WaitFlags {
  readonly wait: boolean;
}

/**
 * Starts an operation once, however often the request has to be sent, and follows it to its end.
 *
 * @param wait what to do once it has started: follow it, or say how to.
 */
export async function startAndWatch(
  session: Session,
  start: { readonly path: string; readonly body: object },
  { wait }: WaitFlags,
): Promise<void> {
  const started = await session.api.post(start.path, start.body, startedSchema, { key: session.world.newId() });
  if (started.joined) {
    session.world.err(
      `Nothing was started: operation ${started.operation} already deploys this version, and keeps its approvals.\n`,
    );
  }
  if (!wait || started.operation === null) return print(session, started, startedLines);
  await followToEnd(session, {
    id: started.operation,
    execution: started.execution,
    wanted: 'succeeded',
    found: 'told',
  });
}

/** Watches, prints the operation as it ended where a program reads it (a job of GitHub Actions has a summary too), and judges its ending. */
export async function followToEnd(session: Session, watched: Watched): Promise<void> {
  const ended: z.output<typeof operationSchema> = await watchOperation(session, watched);
  const summary = session.world.env.GITHUB_STEP_SUMMARY;
  if (summary) await session.world.appendFile(summary, jobSummary(ended));
  // In text, the last line of the progress has told the outcome.
  if (session.flags.output === 'json') print(session, ended, (one) => operationLines(one, session.world.now()));
  judgeEnding(ended, watched.wanted);
}

export const startedLines = ({ operation, execution }: ApiStarted): string[] =>
  operation === null
    ? [`It was started before (${execution}).`]
    : [`Operation ${operation}`, `Watch it: sluice operation ${operation} --watch`];

/** An operation as Markdown, for the summary of a job. Texts of others stay text: they are in cells and code only. */
function jobSummary(operation: ApiOperation): string {
  const { id, outcome, state, reason, actor, startedAt, endedAt } = operation;
  const { weights, approvals, checks } = operation;
  const facts = [
    ['Outcome', outcome ?? `${state}, in progress`],
    ['Why', reason ?? ''],
    ['Started', `${timeWords(startedAt)} by ${actor}`],
    ['Ended', endedAt === null ? '' : timeWords(endedAt)],
    ['Traffic', weights === null ? '' : weightWords(weights)],
    ...(approvals?.decisions ?? []).map((decision) => ['Approval', decisionWords(decision)]),
    ...checks.map((check) => [`Check ${check.name}`, checkWords(check)]),
  ];
  return [
    `### ${cell(operationName(operation))}`,
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
