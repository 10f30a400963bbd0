import { beforeEach, describe, expect, it } from 'vitest';
import { branchDecidedSchema, branchSchema } from '../../../../contracts/api/branch.ts';
import type { ForeignChange } from '../../../../contracts/records/branch.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

const head = 'e'.repeat(40);
const base = 'b'.repeat(40);
const path = '/api/services/chest-xray-mlops/branches/green';
const reason = 'pushed by mistake';

let world: World;
let api: ReturnType<typeof operatorApi>;
beforeEach(async () => {
  world = await createWorld();
  api = operatorApi(world);
});

/** An operation has found what somebody else wrote on env/green. */
async function found(rest: Partial<ForeignChange> = {}) {
  const { operation } = await registerDeployment(world, { name: 'deploy-1' });
  const { id } = operation;
  const change: ForeignChange = {
    head,
    base,
    status: 'ahead',
    commits: [{ sha: head, title: 'chore: tidy', author: 'mallory' }],
    files: [{ path: 'chart/templates/deployment.yaml', change: 'modified', patch: '+implant' }],
    more: false,
    operation: operation.id,
    at: new Date(world.now()).toISOString(),
    ...rest,
  };
  const branch = { environment: 'green' as const, head: change.head, change, proposed: false };
  await world.store.operations.update(id, { branch });
  return id;
}
/** Another deployment to green, on its way. */
async function waits(branch: { head: string; proposed: boolean } | null) {
  const { operation } = await registerDeployment(world, { name: 'deploy-2' });
  const seen = branch && { environment: 'green' as const, change: null, ...branch };
  await world.store.operations.update(operation.id, { branch: seen });
  await world.store.operations.enter(operation.id, 'awaiting-approval', new Date(world.now()).toISOString());
  return operation.id;
}
const show = async () => branchSchema.parse(await (await api.get(path)).json());
const decide = async (body: object) => api.post(path, body);

describe('what somebody else has written on a branch', () => {
  it('is shown line by line, before anybody decides', async () => {
    await found();

    expect(await show()).toMatchObject({
      branch: 'env/green',
      foreign: { head, base, commits: [{ author: 'mallory' }], files: [{ patch: '+implant' }] },
      decision: null,
    });
  });

  it.each([
    ['reset', 'reset', /built on bbbbbbb, and all of this is discarded/],
    ['propose', 'proposed', /approvers of the next release on green see this/],
  ] as const)('is decided about by name, audited: %s', async (kind, outcome, words) => {
    await found();

    const answer = branchDecidedSchema.parse(await (await decide({ kind, head, reason })).json());

    expect(answer).toMatchObject({ outcome, did: [expect.stringMatching(words)] });
    expect(answer.did[0]).toContain('“chore: tidy” by mallory');
    expect((await show()).decision).toMatchObject({ kind, head, actor: 'ana@example.com', reason });
    expect(await api.serviceAudit()).toEqual([`${kind}-branch intent`, `${kind}-branch result`]);
  });

  it.each(['reset', 'propose'] as const)(
    'says which operation stopped at it and is to be started anew: %s',
    async (kind) => {
      const id = await found();

      const answer = branchDecidedSchema.parse(await (await decide({ kind, head, reason })).json());

      expect(answer.didNot[0]).toMatch(
        new RegExp(`deployment ${id} of v2.1.0 .* stopped because of it and does not continue: start it again`),
      );
      expect(answer.next).toEqual(['sluice deploy --version v2.1.0 --service chest-xray-mlops']);
    },
  );

  it.each([
    ['reset', 'goes on, where its approvers were shown the branch without it', { head: base, proposed: false }, 'did'],
    ['reset', 'does not, where its approvers are shown that it goes in', { head, proposed: true }, 'didNot'],
    ['propose', 'does not go on, where its approvers were not shown it', { head: base, proposed: false }, 'didNot'],
    ['propose', 'goes on, where it has not looked at the branch yet', null, 'did'],
  ] as const)('says of an operation that waits: after %s it %s', async (kind, _, branch, where) => {
    await found();
    const waiting = await waits(branch);

    const answer = branchDecidedSchema.parse(await (await decide({ kind, head, reason })).json());

    const about = [...answer.did, ...answer.didNot].filter((line) => line.includes(waiting));
    expect(about).toEqual([expect.stringContaining(where === 'did' ? 'continues' : 'does not continue')]);
    expect(answer[where]).toEqual(expect.arrayContaining(about));
    const abort = `sluice abort ${waiting} --service chest-xray-mlops --reason "…"`;
    expect(answer.next.includes(abort)).toBe(where === 'didNot');
  });

  it('is decided about once: again, nothing is to do (I10)', async () => {
    await found();
    await decide({ kind: 'reset', head, reason });

    const again = branchDecidedSchema.parse(await (await decide({ kind: 'reset', head, reason })).json());

    expect(again).toMatchObject({ outcome: 'already-so', did: [] });
    expect(await api.serviceAudit()).toHaveLength(2);
  });

  it('is not decided about unseen: another head has been found since', async () => {
    await found();

    const answer = await decide({ kind: 'reset', head: 'a'.repeat(40), reason });

    expect(answer.status).toBe(409);
    expect((await show()).decision).toBeNull();
  });

  it('cannot be reset where Sluice knows no commit to go back to', async () => {
    await found({ base: null });

    expect((await decide({ kind: 'reset', head, reason })).status).toBe(400);
    expect((await decide({ kind: 'propose', head, reason })).status).toBe(200);
  });

  it('is nothing to decide about once Sluice has written again, nor before anybody has found it', async () => {
    const before = await decide({ kind: 'reset', head, reason });
    await found();
    world.pass(1_000);
    const at = new Date(world.now()).toISOString();
    const mine = { commit: 'c'.repeat(40), version: 'v2.1.0', digest: 'sha256:1', operation: 'op', at, restores: null };
    const seen = await world.store.branches.read(world.service.name, 'green');
    await world.store.branches.replace(world.service.name, 'green', seen, { commit: mine.commit, written: [mine] });

    expect([before.status, (await decide({ kind: 'reset', head, reason })).status]).toEqual([400, 400]);
    expect(await show()).toMatchObject({ foreign: null, written: mine.commit });
  });
});
