import type { ApiHistoryEntry } from '../contracts/api/overview.ts';
import type { OperationState, Outcome } from '../contracts/operation.ts';

/** How much something wants attention: all is well, work goes on, somebody is waited for, something is wrong. */
export type Tone = 'calm' | 'work' | 'wait' | 'bad';

/** What an operation is doing, as the end of a sentence that begins with its name. */
const doing: Readonly<Record<OperationState, string>> = {
  'gathering-evidence': 'gathering its evidence',
  validating: 'validating it',
  'awaiting-approval': 'waiting for approval',
  'awaiting-window': 'waiting for its deployment window',
  rechecking: 'checking again that it may continue',
  'awaiting-lock': 'taking the lock',
  'preparing-standby': 'preparing the standby environment',
  deploying: 'committing the release to Git',
  syncing: 'waiting for Argo CD',
  'verifying-standby': 'checking the health of the standby environment',
  'shifting-traffic': 'shifting the traffic',
  'keeping-split': 'keeping the split that was asked for',
  baking: 'watching it with all the traffic',
  'validating-result': 'validating the result',
  'returning-traffic': 'returning the traffic',
  'verifying-return': 'verifying the return',
  diagnosing: 'collecting events and logs',
  'cleaning-up': 'cleaning up the failed environment',
  finalizing: 'finishing',
  observing: 'observing another pipeline',
  ended: 'ended',
};

const outcomes: Readonly<Record<Outcome, { text: string; tone: Tone }>> = {
  succeeded: { text: 'Succeeded', tone: 'calm' },
  'failed-validation': { text: 'Refused before anything was changed', tone: 'bad' },
  rejected: { text: 'Rejected', tone: 'wait' },
  expired: { text: 'Expired: a deadline passed', tone: 'wait' },
  superseded: { text: 'Superseded by another operation', tone: 'calm' },
  'window-closed': { text: 'No deployment window was open', tone: 'wait' },
  failed: { text: 'Failed; no traffic was moved', tone: 'bad' },
  'rolled-back': { text: 'Rolled back', tone: 'bad' },
  aborted: { text: 'Aborted', tone: 'wait' },
  frozen: { text: 'Frozen: a person has to look', tone: 'bad' },
  'would-succeed': { text: 'Observed: would have succeeded', tone: 'calm' },
  'would-roll-back': { text: 'Observed: would have been rolled back', tone: 'wait' },
  'would-refuse': { text: 'Observed: would have been refused', tone: 'wait' },
  inconclusive: { text: 'Observed: no clear result', tone: 'wait' },
};

const kinds = {
  deployment: 'Deployment',
  rollback: 'Rollback',
  'switch-traffic': 'Traffic switch',
  observation: 'Observation',
};

export const doingWords = (state: OperationState): string => doing[state] ?? state;

/** How an operation ended. A split that lasted until its time was wanted so, and nobody has to look at it. */
export function outcomeWords({ outcome, reason }: { readonly outcome: Outcome; readonly reason: string | null }): {
  text: string;
  tone: Tone;
} {
  if (outcome === 'expired' && reason?.includes('[SplitEnded]')) return { text: 'Ended as planned', tone: 'calm' };
  // A newer API may have more outcomes than this page knows.
  return outcomes[outcome] ?? { text: outcome, tone: 'wait' };
}

/** `Deployment of v2.1.0`; a rollback of a deployment is named by the version that it takes away, and any other by the one it goes back to. */
export function operationName(
  { kind, release, related, returnsTo, wanted }: Named,
  history: readonly (Pick<Named, 'kind' | 'release'> & { readonly id: string })[],
): string {
  const version = release?.version ?? wanted;
  if (kind !== 'rollback') return version ? `${kinds[kind]} of ${version}` : kinds[kind];
  const returned = history.find(({ id }) => id === related);
  if (returned?.kind === 'deployment' && returned.release !== null) return `Rollback of ${returned.release.version}`;
  const goal = release?.version ?? returnsTo ?? wanted;
  return goal ? `Rollback to ${goal}` : kinds.rollback;
}

type Named = Pick<ApiHistoryEntry, 'kind' | 'release' | 'related' | 'returnsTo' | 'wanted'>;

/** Who did something: `github:ana` → `ana (GitHub)`. */
export function actorWords(actor: string): string {
  if (actor.startsWith('github:')) return `${actor.slice('github:'.length)} (GitHub)`;
  return actor === 'sluice' || actor === 'alertmanager' ? capital(actor) : actor;
}

/** A text as part of a sentence that goes on: without a full stop at its end. */
export const clause = (text: string): string => text.trim().replace(/\.+$/, '');

/** `ready` → `Ready`. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
