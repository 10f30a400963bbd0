import type { ForgetAfter, Table } from './table.ts';

/** Messages of topics that were taken, so that a replay is known. The webhook that writes here may only put, not read or delete. */
export interface Messages {
  /**
   * Claims a message. `taken`: it was dealt with before, or is just being dealt with. One that failed, or whose attempt is older than any can
   * last, may be claimed again: SNS then repeats it.
   *
   * @param at ISO 8601; `attemptsSince`: attempts from before are over.
   */
  claim(id: string, times: { readonly at: string; readonly attemptsSince: string }): Promise<'claimed' | 'taken'>;
  /** Says how it ended. */
  finish(id: string, ended: { readonly at: string; readonly outcome: 'taken' | 'failed' }): Promise<void>;
}

const key = (id: string) => ({ pk: 'DELIVERIES', sk: `MESSAGE#${id}` });

export function createMessages(table: Table, forgetAfter: ForgetAfter): Messages {
  return {
    async claim(id, { at, attemptsSince }) {
      const written = await table.put(
        key(id),
        { at, state: 'begun', expiresAt: forgetAfter(at) },
        {
          expression: 'attribute_not_exists(pk) OR #state = :failed OR (#state = :begun AND #at < :since)',
          names: { '#state': 'state', '#at': 'at' },
          values: { ':failed': 'failed', ':begun': 'begun', ':since': attemptsSince },
        },
      );
      return written === 'written' ? 'claimed' : 'taken';
    },
    async finish(id, { at, outcome }) {
      await table.put(key(id), { at, state: outcome, expiresAt: forgetAfter(at) });
    },
  };
}
