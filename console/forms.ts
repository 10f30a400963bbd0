/** What a person can ask for, each with what it does in words and how it is sent. */
import type { ApiGoodVersions } from '../contracts/api/good-versions.ts';
import type { ApiHistoryEntry, ApiOverview } from '../contracts/api/overview.ts';
import { whileFrozen } from '../contracts/words.ts';
import { dayAndClock } from './time.ts';
import type { Tone } from './words.ts';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string;
  /** What can be chosen: what is sent, and how it reads. */
  readonly options?: readonly (readonly [string, string])[];
  /** Whether a person has to choose: nothing is chosen for them. */
  readonly choose?: boolean;
  readonly optional?: boolean;
}

export interface Form {
  readonly title: string;
  /** What it does. */
  readonly says: string;
  /** What its button says. */
  readonly action: string;
  readonly tone: Tone;
  readonly fields: readonly Field[];
  readonly path: string;
  readonly body: (values: Readonly<Record<string, string>>) => unknown;
  /** What is worth reading before. */
  readonly notes?: readonly string[];
  /** How the same is asked for in a terminal, with what was typed so far. */
  readonly command: (values: Readonly<Record<string, string>>) => string;
}

/** A text for a shell, in double quotes; what is not typed yet is left open. */
export const quoted = (text: string | undefined): string => `"${(text?.trim() || '…').replace(/["\\$`]/g, '\\$&')}"`;

const withReason = (command: string, { reason: why }: Readonly<Record<string, string>>): string =>
  `${command} --reason ${quoted(why)}`;

/** A version, percentage or time as a shell takes it unquoted; `unsaid` while it is not typed yet. */
const word = (text: string | undefined, unsaid: string): string =>
  /^[\w.+-]+$/.test(text ?? '') ? (text ?? '') : unsaid;

const reason: Field = { name: 'reason', label: 'Reason', hint: 'It goes into the audit, with your name.' };

/** While a rollback returns traffic, or proves that it did, nothing returns it (I7). */
const returning: readonly string[] = ['returning-traffic', 'verifying-return', 'diagnosing', 'cleaning-up'];

/** What an abort does: a rollback that returns traffic ends where it is (docs/adr/0027), everything else goes back. */
function abortWords(operation: Pick<ApiHistoryEntry, 'kind' | 'state'> | undefined): string {
  return operation?.kind === 'rollback' && returning.includes(operation.state)
    ? 'The rollback ends where it is, and the traffic stays. Unless the return was already verified, the service is frozen and the on-call is paged.'
    : 'If it has moved traffic, all of it goes back to where it was.';
}

const lastKnownGood = 'last-known-good';

/** Where a rollback may go, and how long it takes until the traffic is there. */
const versionOptions = (versions: ApiGoodVersions['versions']): (readonly [string, string])[] => [
  [lastKnownGood, 'The last known good'],
  ...versions.map(
    ({ version, takes, text, succeededAt }) =>
      [version, `${version}: ${takes} (${text}), good since ${dayAndClock(Date.parse(succeededAt))}`] as const,
  ),
];

/** The form of this name, about this version or operation; null where there is none now. `versions`: where a rollback may go, as far as known. */
export function formOf(
  name: string,
  about: string,
  { service, operation, history }: ApiOverview,
  versions: ApiGoodVersions['versions'] = [],
): Form | null {
  const path = `/api/services/${encodeURIComponent(service.name)}`;
  switch (name) {
    case 'abort':
      return {
        title: 'Abort this operation',
        says: abortWords(history.find(({ id }) => id === about)),
        command: (values) => withReason(`sluice abort ${about}`, values),
        action: 'Abort',
        tone: 'bad',
        fields: [reason],
        path: `/api/operations/${encodeURIComponent(about)}/abort`,
        body: (values) => ({ reason: values.reason }),
      };
    case 'resume':
      return {
        title: 'Resume this operation',
        says: 'The shift continues from where it was paused.',
        command: (values) => withReason(`sluice resume ${about}`, values),
        action: 'Resume',
        tone: 'work',
        fields: [reason],
        path: `/api/operations/${encodeURIComponent(about)}/resume`,
        body: (values) => ({ reason: values.reason }),
      };
    case 'pause':
      return {
        title: 'Pause this operation',
        says: 'It gets no more traffic until somebody resumes it, or until the deadline of the pause. Sluice keeps judging it, and returns the traffic if it is bad.',
        command: (values) => withReason(`sluice pause ${about}`, values),
        action: 'Pause',
        tone: 'wait',
        fields: [reason],
        path: `/api/operations/${encodeURIComponent(about)}/pause`,
        body: (values) => ({ reason: values.reason }),
      };
    case 'promote':
      return {
        title: 'Promote this operation',
        says: 'It skips the rest of its step. Capacity, health and broken objectives count as before. Only an administrator can do this.',
        command: ({ to, reason: why }) =>
          `sluice promote ${about} --reason ${quoted(why)}${to === 'all' ? ' --all' : ''}`,
        action: 'Promote',
        tone: 'work',
        fields: [
          {
            name: 'to',
            label: 'How far',
            choose: true,
            options: [
              ['next', 'To the next step'],
              ['all', 'To all of the traffic'],
            ],
          },
          reason,
        ],
        path: `/api/operations/${encodeURIComponent(about)}/promote`,
        body: ({ to, reason: why }) => ({ to, reason: why }),
      };
    case 'override-window':
      return {
        title: 'Let it pass its window',
        says: 'This one deployment does not wait for its window. Its approvals stay. Only an administrator can do this.',
        command: (values) => withReason(`sluice override-window ${about}`, values),
        action: 'Let it pass',
        tone: 'work',
        fields: [reason],
        path: `/api/operations/${encodeURIComponent(about)}/override-window`,
        body: (values) => ({ reason: values.reason }),
      };
    case 'switch-traffic': {
      const { active } = service;
      if (active === null) return null;
      const other = active === 'blue' ? 'green' : 'blue';
      return {
        title: 'Switch the traffic',
        says: `Moves a share of the traffic from ${active} to ${other}. Sluice judges it the whole time. A split goes back at its end; 100 % stays. 0 sends everything back to ${active}.`,
        command: (values) => {
          const share = word(values.percentage, '50');
          const moved = `sluice switch-traffic --service ${service.name} --from-env ${active} --to-env ${other} --percentage ${share}`;
          return withReason(values.for ? `${moved} --for ${word(values.for, '10m')}` : moved, values);
        },
        action: 'Switch',
        tone: 'work',
        fields: [
          { name: 'percentage', label: `Percent on ${other}`, value: '50' },
          {
            name: 'for',
            label: 'How long a split stays',
            hint: 'For example 10m. Empty: as long as allowed.',
            optional: true,
          },
          reason,
        ],
        path: `${path}/traffic`,
        body: ({ percentage, for: stay, reason: why }) => ({
          from: active,
          to: other,
          percentage: Number(percentage),
          reason: why,
          ...(stay ? { for: stay } : {}),
        }),
      };
    }
    case 'rollback':
      return {
        title: 'Roll back',
        says: 'An emergency rollback returns the traffic at once, without approval. A planned one needs approvals and goes step by step.',
        command: (values) => {
          const flag = { emergency: ' --emergency', 'planned-hold': ' --hold' }[values.how ?? ''] ?? '';
          const back = `sluice rollback --service ${service.name} --version ${word(values.version, lastKnownGood)}`;
          return `${withReason(back, values)}${flag}`;
        },
        action: 'Roll back',
        tone: 'bad',
        fields: [
          {
            name: 'version',
            label: 'To which version',
            ...(versions.length === 0 ? { value: lastKnownGood } : { options: versionOptions(versions) }),
          },
          {
            name: 'how',
            label: 'How',
            choose: true,
            options: [
              ['emergency', 'At once (emergency)'],
              ['planned', 'Planned, with approval'],
              ['planned-hold', 'Planned, and the release that it replaces goes on hold'],
            ],
          },
          reason,
        ],
        path: '/api/rollbacks',
        body: ({ version, how, reason: why }) => ({
          service: service.name,
          version,
          reason: why,
          emergency: how === 'emergency',
          hold: how === 'planned-hold',
        }),
      };
    case 'freeze':
    case 'unfreeze':
      return {
        title: name === 'freeze' ? 'Freeze the service' : 'End the freeze',
        says:
          name === 'freeze'
            ? `${whileFrozen} An operation that holds the lock continues; abort it to stop it.`
            : 'Operations may begin again. Operations that ended because of the freeze are not started again.',
        command: (values) => withReason(`sluice ${name} --service ${service.name}`, values),
        action: name === 'freeze' ? 'Freeze' : 'End the freeze',
        tone: 'wait',
        fields: [reason],
        path: `${path}/${name}`,
        body: (values) => ({ reason: values.reason }),
      };
    case 'hold':
      return {
        title: 'Put a version on hold',
        says: 'Nobody can deploy it until an administrator releases the hold. If it already runs, it stays.',
        command: (values) =>
          withReason(`sluice hold --service ${service.name} --version ${word(values.version, 'VERSION')}`, values),
        action: 'Hold',
        tone: 'wait',
        fields: [{ name: 'version', label: 'Version' }, reason],
        path: `${path}/holds`,
        body: ({ version, reason: why }) => ({ version, reason: why }),
      };
    case 'unlock':
      return {
        title: 'Free the lock',
        says: 'Frees the lock of an operation whose execution is dead; its traffic is returned first. A rollback that still runs ends, and the service freezes. Any other operation that still runs is refused: abort it instead. Only an administrator can do this.',
        command: (values) => withReason(`sluice unlock --service ${service.name}`, values),
        action: 'Unlock',
        tone: 'bad',
        fields: [reason],
        path: `${path}/unlock`,
        body: (values) => ({ reason: values.reason }),
      };
    case 'release-hold':
      return {
        title: `Release the hold on ${about}`,
        says: 'It may be deployed again. This does not deploy it: a deployment asks for approvals again.',
        command: (values) => withReason(`sluice release-hold --service ${service.name} --version ${about}`, values),
        action: 'Release',
        tone: 'wait',
        fields: [reason],
        path: `${path}/holds/release`,
        body: (values) => ({ version: about, reason: values.reason }),
      };
    case 'decide': {
      const subject = operation?.approvals?.subject?.hash;
      return {
        title: `Decide on ${operation?.release?.version ?? 'the release'}`,
        says: 'Type the version to confirm which release you mean.',
        notes: notesOn(operation),
        command: (values) => {
          const version = word(values.version, operation?.release?.version ?? 'VERSION');
          if (values.decision === 'reject')
            return withReason(`sluice reject ${about} --service ${service.name} --version ${version}`, values);
          const approve = `sluice approve ${about} --service ${service.name} --version ${version}`;
          const read = subject === undefined ? approve : `${approve} --subject ${subject.slice(0, 12)}`;
          return values.reason ? withReason(read, values) : read;
        },
        action: 'Send the decision',
        tone: 'work',
        fields: [
          {
            name: 'decision',
            label: 'Decision',
            choose: true,
            options: [
              ['approve', 'Approve'],
              ['reject', 'Reject'],
            ],
          },
          { name: 'version', label: 'Version' },
          { ...reason, hint: 'Required if you reject.', optional: true },
        ],
        path: `/api/operations/${encodeURIComponent(about)}/decision`,
        // What stands here, and nothing else that it may have become meanwhile.
        body: (values) => ({ ...values, subject }),
      };
    }
    default:
      return null;
  }
}

/** What an approver should have read: what is out of the ordinary, and what would happen. */
function notesOn(operation: ApiOverview['operation']): string[] {
  const subject = operation?.approvals?.subject ?? null;
  if (subject === null) return [];
  const failed = operation?.checks
    .filter(({ result }) => result !== 'pass')
    .map(({ name, reason }) => `${name}: ${reason}`);
  return [
    ...subject.risks,
    ...(failed ?? []),
    ...subject.model.map(({ name, value }) => `Model ${name}: ${value}`),
    ...subject.plan.map(({ name, value }) => `${name}: ${value}`),
  ];
}
