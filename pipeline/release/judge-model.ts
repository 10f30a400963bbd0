import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ReleaseRecord } from '../../contracts/records/release.ts';
import { modelChecksBesideLive, modelMetrics } from '../../core/release/model.ts';
import type { ValidationCheck } from '../../core/release/validate.ts';
import { readLiveModel } from '../approval/model-facts.ts';

/**
 * The checks of a release's model beside the live one's, as the record of the live release has it. They are made of a deployment and of a plan of
 * one; a rollback goes to a release that was good, and asks for no such proof.
 */
export async function judgeModelBesideLive(
  store: Pick<Store, 'releases'>,
  { name, validation }: Pick<ServiceConfiguration, 'name' | 'validation'>,
  known: Pick<ReleaseRecord, 'release' | 'evidence'>,
  live: OperationRecord['live'],
): Promise<ValidationCheck[]> {
  const found = await readLiveModel(store, name, live);
  const beside = live && { version: live.version, metrics: found?.metrics ?? null };
  return modelChecksBesideLive(modelMetrics(known), validation.model, beside);
}
