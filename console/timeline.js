/** @import { ApiTimelineEntry } from '../contracts/api/operation.ts' */
import { capital, tidy } from './words.js';

/**
 * One thing that was done, from its intent and its result in the audit.
 * @typedef {object} Step
 * @property {number} seq
 * @property {string} at
 * @property {number | null} took in ms; null while it is under way and for what was only noted
 * @property {string} actor
 * @property {string} text
 * @property {string | null} reason
 * @property {'done' | 'under-way' | 'failed'} state
 */

/** What the audit's actions are called. @type {Readonly<Record<string, string>>} */
const actions = {
  register: 'Started',
  'gather-evidence': 'Evidence gathered',
  'adopt-live-release': 'Live release taken note of',
  validate: 'Validated',
  'request-approval': 'Approval asked for',
  'remind-approvers': 'Approvers reminded',
  'escalate-approval': 'Approval escalated',
  'decide-approval': 'Decided',
  approval: 'Approval ended',
  superseded: 'Superseded',
  recheck: 'Checked once more',
  'acquire-lock': 'Lock taken',
  'take-over-lock': 'Lock taken over',
  'release-lock': 'Lock released',
  'claim-route': 'Route claimed',
  'prepare-capacity': 'Capacity prepared',
  'raise-capacity': 'Capacity raised',
  'lower-capacity': 'Capacity lowered',
  'lower-standby': 'Standby lowered',
  'commit-release': 'Committed to Git',
  'start-sync': 'Argo CD sync started',
  'terminate-foreign-sync': 'Foreign Argo CD sync terminated',
  'verify-standby': 'Standby verified',
  judge: 'Judged',
  'set-weight': 'Weight set',
  drift: 'Drift found',
  pause: 'Paused',
  'return-traffic': 'Traffic returned',
  diagnose: 'Diagnosed',
  'hold-release': 'Put on hold',
  freeze: 'Frozen',
  'clean-up': 'Cleaned up',
  end: 'Ended',
  report: 'Reported by mail',
  abort: 'Abort asked for',
  'start-rescue': 'Rescue started',
};

/**
 * The steps of an operation, newest first. An intent without its result is under way.
 * @param {readonly ApiTimelineEntry[]} entries
 * @returns {Step[]}
 */
export function stepsOf(entries) {
  /** @type {Step[]} */
  const steps = [];
  /** Intents that wait for their result, oldest first, by who did what. @type {Map<string, Step[]>} */
  const open = new Map();
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
    /** @type {Step} */
    const step = {
      seq,
      at,
      took: null,
      actor,
      text: describe(action, details.wanted),
      reason: failure ?? textOf(details.reason),
      state: phase === 'intent' ? 'under-way' : failure === null ? 'done' : 'failed',
    };
    steps.push(step);
    if (phase === 'intent') open.set(key, [...waiting, step]);
  }
  return steps.reverse();
}

/**
 * `Capacity raised on green: 3 pods`. What the audit has of it is outside text: whatever has another shape is left out.
 * @param {string} action
 * @param {unknown} wanted
 */
function describe(action, wanted) {
  const name = actions[action] ?? capital(action.replaceAll('-', ' '));
  if (typeof wanted !== 'object' || wanted === null) return name;
  const { blue, green, decision, environment, minReplicas, version, outcome, approvers } =
    /** @type {Readonly<Record<string, unknown>>} */ (wanted); // an object, by the line above
  if (typeof blue === 'number' && typeof green === 'number') return `${name}: blue ${blue} %, green ${green} %`;
  if (decision === 'approve' || decision === 'reject') return decision === 'approve' ? 'Approved' : 'Rejected';
  if (typeof minReplicas === 'number') {
    return `${name}${typeof environment === 'string' ? ` on ${environment}` : ''}: ${minReplicas} ${minReplicas === 1 ? 'pod' : 'pods'}`;
  }
  if (Array.isArray(approvers)) return `${name}: ${approvers.join(', ')}`;
  if (typeof outcome === 'string') return `${name}: ${outcome}`;
  if (typeof version === 'string') {
    return `${name}: ${version}${typeof environment === 'string' ? ` on ${environment}` : ''}`;
  }
  return name;
}

/** @param {unknown} value */
const textOf = (value) => (typeof value === 'string' && value !== '' ? tidy(value) : null);
