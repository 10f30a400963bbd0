import { type NotifyCommand, notifyCommandSchema } from '../../contracts/commands.ts';
import type { CreateHandler } from '../../contracts/results.ts';
import { remindApprovers } from '../../pipeline/approval/remind-approvers.ts';
import { requestApproval } from '../../pipeline/approval/request-approval.ts';
import { page } from '../../pipeline/notice/page.ts';
import { report } from '../../pipeline/notice/report.ts';
import type { NotifyDeps } from '../../pipeline/ports.ts';

/** Parse, call, map. */
export const createHandler: CreateHandler<NotifyDeps, NotifyCommand> = (deps) => async (event) => {
  const command = notifyCommandSchema.parse(event);
  switch (command.action) {
    case 'request-approval':
      return requestApproval(deps, command.execution);
    case 'remind-approvers':
      return remindApprovers(deps, command.execution);
    case 'report':
      return report(deps, command.execution);
    case 'page':
      return page(deps, command);
  }
};
