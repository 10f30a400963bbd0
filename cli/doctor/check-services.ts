import { overviewSchema } from '../../contracts/api/overview.ts';
import { type ApiService, serviceListSchema } from '../../contracts/api/service.ts';
import { environmentNames } from '../../contracts/names.ts';
import type { Api } from '../connection/api.ts';
import { check, type Finding } from './finding.ts';

/** What the control API sees with its own privileges: who asks, and every service's route and environments. */
export async function checkServices(api: Api): Promise<readonly Finding[]> {
  const { services } = await api.get('/api/services', serviceListSchema);
  const [first] = services;
  const { viewer } = await api.get(`/api/overview?service=${encodeURIComponent(first?.name ?? '')}`, overviewSchema);
  return [
    check(
      'You are one of people in sluice.yaml, and may change something',
      viewer === null ? 'fails' : 'holds',
      'you may only look',
      'Add yourself to people: signIn is the name of your session of IAM Identity Center, where it is not your mail address.',
    ),
    ...services.flatMap(findingsOf),
  ];
}

function findingsOf({ name, problem, host, environments }: ApiService): readonly Finding[] {
  const route = check(
    `${name}: Sluice enters the cluster and reads the route`,
    problem === null ? 'holds' : 'fails',
    problem ?? '',
    'docs/runbooks/unreachable-cluster.md has the reasons: network, access entry, Roles (`sluice cluster-roles`), the route object itself.',
  );
  const unread = environmentNames.filter((environment) => environments[environment].health === 'unknown');
  const readable = check(
    `${name}: Sluice reads what runs in both environments`,
    unread.length === 0 ? 'holds' : 'fails',
    unread.map((environment) => `${environment}: ${environments[environment].reason}`).join(' '),
    'docs/runbooks/unreachable-cluster.md; without the Roles in both namespaces (`sluice cluster-roles`) no health can be checked.',
  );
  if (problem !== null || unread.length > 0) return [route, readable];
  const bare = environmentNames.filter((environment) => environments[environment].health === 'absent');
  return [
    route,
    readable,
    check(
      `${name}: the route has a host`,
      host === null ? 'fails' : 'holds',
      'nobody knows under which name the service is asked for',
      'Give the route object its host; Sluice changes only weights.',
    ),
    check(
      `${name}: one environment runs`,
      bare.length < environmentNames.length ? 'holds' : 'fails',
      'nothing runs in either',
      'Bring the release that is live today into blue (docs/install.md, first service).',
    ),
  ];
}
