import type { Workflow } from '../../adapters/workflow/workflow.ts';
import type { CommonDeps } from '../ports.ts';
import { note, sluice } from './audited.ts';
import { wakeWaiting } from './wake.ts';

/** Frees the lock of a service if this operation holds it, and wakes whoever waits for it. */
export async function releaseLock(
  deps: CommonDeps & { readonly workflow: Workflow },
  { id, service }: { readonly id: string; readonly service: string },
  reason?: string,
): Promise<'released' | 'not-held'> {
  const released = await deps.store.locks.release(service, id);
  if (released === 'released') {
    await note(deps, {
      operation: id,
      action: 'release-lock',
      actor: sluice,
      ...(reason === undefined ? {} : { reason }),
    });
  }
  await wakeWaiting(deps, service);
  return released;
}
