import { beforeEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../../../contracts/commands.ts';
import type { ApprovalRecord } from '../../../../contracts/records/approval.ts';
import { awaitApproval } from '../../../../pipeline/approval/await-approval.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { approving } from '../support/approving.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

type Change = World['store']['approvals']['change'];

/** A world in which `between` happens after `change` has read the record and before it writes: what it answers is as it was read. */
const withBetween = (world: World, between: () => Promise<unknown>): World => {
  const { approvals } = world.store;
  const change: Change = async (operation, make) => {
    const seen = await approvals.read(operation);
    await between();
    const written = await approvals.change(operation, make);
    return written && seen && { ...(make(seen) ?? seen), revision: written.revision };
  };
  return { ...world, store: { ...world.store, approvals: { ...approvals, change } } };
};

describe('a decision that comes while the execution begins to wait', () => {
  let world: World;
  let execution: Execution;
  /** As `world`, or where something happens in between. */
  let deciders: World;
  beforeEach(async () => {
    world = await createWorld();
    deciders = world;
    ({ execution } = await registerDeployment(world, { name: 'deploy-1' }));
    await notify('request-approval');
  });

  const { notify, decide } = approving(() => ({ world: deciders, execution }));
  const waits = (own: World) =>
    awaitApproval({ ...own, rescueDeadHolder: async () => {}, publishKept: async () => {} }, execution, 'token');
  const decideAll = async () => {
    for (const approver of ['ana@example.com', 'mia@example.com', 'ben@example.com']) await decide(approver);
  };
  const decisions = async (): Promise<ApprovalRecord['decisions'] | undefined> =>
    (await world.store.approvals.read(idOf(execution)))?.decisions;

  it('is seen by the execution, whose callback the deciders did not find', async () => {
    await waits(withBetween(world, decideAll));

    expect(await decisions()).not.toEqual([]);
    expect(world.workflow.nudged).toEqual(['token']);
  });

  it('wakes the execution, which did not find the decision', async () => {
    await decide('ana@example.com');
    deciders = withBetween(world, () => waits(world));
    await decide('mia@example.com');

    expect(world.workflow.nudged).toContain('token');
  });
});
