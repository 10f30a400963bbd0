import type { ApiServiceLine } from '../contracts/api/summary.ts';
import { waitingWords } from './headline.ts';
import { capital, clause, doingWords, outcomeWords, type Tone } from './words.ts';

/** How a service stands, in a word and with the reason for it. */
export interface Standing {
  readonly text: string;
  readonly detail: string | null;
  readonly tone: Tone;
}

export function standingOf({ frozen, problem, active, ready, atWork, last }: ApiServiceLine): Standing {
  if (frozen !== null) return { text: 'Frozen', detail: frozen.reason, tone: 'bad' };
  if (problem !== null) return { text: 'Problem', detail: problem, tone: 'bad' };
  if (ready === 0) {
    return { text: 'No pod is ready', detail: `The live side is ${active}. None of its pods is ready.`, tone: 'bad' };
  }
  if (atWork === null) {
    if (last === null) return { text: 'At rest', detail: null, tone: 'calm' };
    const { text, tone } = outcomeWords(last);
    const why = tone === 'calm' || last.reason === null ? '' : `: ${clause(last.reason)}`;
    return { text: 'At rest', detail: `${operationWords(last)}: ${text.toLowerCase()}${why}.`, tone: 'calm' };
  }
  const name = operationWords(atWork);
  const { waiting, state } = atWork;
  if (waiting === null || waiting.kind === 'split') {
    return { text: capital(doingWords(state)), detail: `${name}.`, tone: 'work' };
  }
  if (waiting.kind === 'sync')
    return { text: capital(doingWords(state)), detail: `${name}. ${waitingWords(waiting)}`, tone: 'work' };
  return { text: waits[waiting.kind], detail: `${name}. ${waitingWords(waiting)}`, tone: 'wait' };
}

const waits = {
  pause: 'Paused',
  evidence: 'Waits for evidence',
  approval: 'Waits for approval',
  window: 'Waits for its window',
  turn: 'Waits for the lock',
};

const kinds = {
  deployment: 'Deployment',
  rollback: 'Rollback',
  'switch-traffic': 'Traffic switch',
  observation: 'Observation',
};

const operationWords = ({ kind, version }: Pick<NonNullable<ApiServiceLine['atWork']>, 'kind' | 'version'>): string =>
  version === null ? kinds[kind] : `${kinds[kind]}${kind === 'rollback' ? ' to' : ' of'} ${version}`;

const urgency: Readonly<Record<Tone, number>> = { bad: 0, wait: 1, work: 2, calm: 3 };

/** Those that match what was typed; whatever needs a person stands first, each group in the order of sluice.yaml. */
export function listed(lines: readonly ApiServiceLine[], typed: string): readonly ApiServiceLine[] {
  const wanted = typed.trim().toLowerCase();
  return lines
    .filter((line) => `${line.name} ${line.version ?? ''} ${standingOf(line).text}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => urgency[standingOf(a).tone] - urgency[standingOf(b).tone]);
}
