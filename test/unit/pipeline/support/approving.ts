import type { Execution } from '../../../../contracts/commands.ts';
import type { ApprovalRecord } from '../../../../contracts/records/approval.ts';
import { createApp } from '../../../../functions/approvals/app.ts';
import { createHandler as createNotify } from '../../../../functions/notify/handler.ts';
import { readApproval } from '../../../../pipeline/approval/await-approval.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import type { World } from './world.ts';

/** Asking for approvals, deciding by mailed links, and reading what came of it. `now`: the operation that it is about, asked for at each call. */
export const approving = (now: () => { world: World; execution: Execution }) => {
  const record = async (): Promise<ApprovalRecord> => {
    const found = await now().world.store.approvals.read(idOf(now().execution));
    if (found === null) throw new Error('there is no approval');
    return found;
  };
  return {
    notify: (action: string) => {
      const { world, execution } = now();
      const pagers = () => new Map([['webhook', world.pager] as const]);
      return createNotify({ ...world, pagers, newToken: newLinkToken })({ action, execution });
    },
    approval: record,
    readIt: () =>
      readApproval({ ...now().world, rescueDeadHolder: async () => {}, publishKept: async () => {} }, now().execution),
    /** Fills in the form behind the newest link that was mailed to this approver. */
    decide: async (approver: string, form: Record<string, string> = {}, token = now().world.mailer.tokenOf(approver)) =>
      createApp(now().world).request(`/approvals/${token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ decision: 'approve', version: 'v2.1.0', ...form }).toString(),
      }),
  };
};
