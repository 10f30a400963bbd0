import type { ApiBranch } from '../../contracts/api/branch.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { CommonDeps } from '../ports.ts';
import { placeOf } from '../standby/foreign-change.ts';

/** What people see of an environment's branch: what somebody else has written there, as the newest operation that looked has found it. */
export async function readBranchView(
  { store }: Pick<CommonDeps, 'store'>,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<ApiBranch> {
  const [record, decision, operations] = await Promise.all([
    store.branches.read(service.name, environment),
    store.branches.decision(service.name, environment),
    store.operations.list(service.name, 20),
  ]);
  const since = record.written[0]?.at ?? '';
  const seen = operations
    .filter(({ branch }) => branch?.environment === environment)
    .flatMap(({ branch }) => branch?.change ?? []);
  const [foreign = null] = [...(record.foreign === null ? [] : [record.foreign]), ...seen]
    .filter(({ at }) => at > since)
    .sort((a, b) => (a.at < b.at ? 1 : -1));
  const { repository, branch } = placeOf(service, environment);
  return {
    service: service.name,
    environment,
    repository,
    branch,
    written: record.commit,
    foreign,
    decision: foreign !== null && decision?.head === foreign.head ? decision : null,
  };
}
