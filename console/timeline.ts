import type { ApiTimelineEntry } from '../contracts/api/operation.ts';
import { wantedWeights, wantedWords } from '../contracts/wanted.ts';
import { capital } from './words.ts';

/** One thing that was done, from its intent and its result in the audit. */
export interface Step {
  seq: number;
  at: string;
  /** In ms; null while it is under way and for what was only noted. */
  took: number | null;
  actor: string;
  /** As the audit has it. */
  action: string;
  /** What was done. */
  name: string;
  /** With what, like `blue 75 %, green 25 %`. */
  what: string | null;
  /** The shares that it brought, where it moved traffic. */
  weights: { blue: number; green: number } | null;
  reason: string | null;
  state: 'done' | 'under-way' | 'failed';
}

/** What the audit's actions are called. */
const actions: Readonly<Record<string, string>> = {
  register: 'Started',
  'gather-evidence': 'Evidence gathered',
  'adopt-live-release': 'Live release recorded',
  validate: 'Validated',
  'request-approval': 'Approval requested',
  'remind-approvers': 'Approvers reminded',
  'tell-withdrawn': 'Told approvers that no approval is needed',
  'escalate-approval': 'Approval escalated',
  'decide-approval': 'Decided',
  approval: 'Approval ended',
  superseded: 'Superseded',
  recheck: 'Checked again',
  'acquire-lock': 'Lock taken',
  'take-over-lock': 'Lock taken over',
  'release-lock': 'Lock released',
  'claim-route': 'Route claimed',
  'prepare-capacity': 'Capacity prepared',
  'raise-capacity': 'Capacity raised',
  'lower-capacity': 'Capacity lowered',
  'lower-standby': 'Standby lowered',
  'commit-release': 'Committed to Git',
  'restore-branch': 'Restored in Git',
  'start-sync': 'Argo CD sync started',
  'terminate-foreign-sync': 'Foreign Argo CD sync terminated',
  'verify-standby': 'Standby verified',
  judge: 'Judged',
  'post-validate': 'Checked after the bake',
  'set-weight': 'Weight set',
  drift: 'Drift found',
  pause: 'Paused',
  'return-traffic': 'Traffic returned',
  reconcile: 'Record completed',
  diagnose: 'Diagnosed',
  'hold-release': 'Put on hold',
  freeze: 'Frozen',
  'clean-up': 'Cleaned up',
  end: 'Ended',
  report: 'Reported by mail',
  'page-mail': 'On-call paged by mail',
  'page-webhook': 'On-call paged',
  'page-sns': 'On-call paged',
  abort: 'Abort requested',
  'start-rescue': 'Rescue started',
};

/** The steps of an operation, newest first. An intent without its result is under way. */
export function stepsOf(entries: readonly ApiTimelineEntry[]): Step[] {
  const steps: Step[] = [];
  /** Intents that wait for their result, oldest first, by who did what. */
  const open = new Map<string, Step[]>();
  for (const { seq, at, actor, action, phase, details } of entries) {
    const key = `${actor} ${action}`;
    const waiting = open.get(key) ?? [];
    const failure = textOf(details.failure);
    const intended = phase === 'result' ? waiting.shift() : undefined;
    if (intended !== undefined) {
      intended.took = Date.parse(at) - Date.parse(intended.at);
      intended.state = failure === null ? 'done' : 'failed';
      intended.reason = failure ?? intended.reason ?? textOf(details.reason);
      continue;
    }
    const step: Step = {
      seq,
      at,
      took: null,
      actor,
      action,
      name: nameOf(action, details.wanted),
      what: wantedWords(details.wanted),
      weights: wantedWeights(details.wanted),
      reason: failure ?? textOf(details.reason),
      state: phase === 'intent' ? 'under-way' : failure === null ? 'done' : 'failed',
    };
    steps.push(step);
    if (phase === 'intent') open.set(key, [...waiting, step]);
  }
  return steps.reverse();
}

function nameOf(action: string, wanted: unknown): string {
  const decision = fieldsOf(wanted).decision;
  if (action === 'decide-approval' && decision === 'approve') return 'Approved';
  if (action === 'decide-approval' && decision === 'reject') return 'Rejected';
  return actionWords(action);
}

/** An action of the audit for people. */
export const actionWords = (action: string): string => actions[action] ?? capital(action.replaceAll('-', ' '));

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
