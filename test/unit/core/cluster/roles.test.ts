import { describe, expect, it } from 'vitest';
import { readExample } from '../../../../cdk/installation.ts';
import type { Autoscaler } from '../../../../contracts/configuration/autoscaler.ts';
import { clusterFunctionNames, rolesIn } from '../../../../core/cluster/roles.ts';

const { configuration } = readExample();
const manifests = rolesIn(configuration, 'production', 'sluice');
const rulesOf = (name: string) =>
  manifests
    .filter(({ kind, metadata }) => kind === 'Role' && metadata.name === `sluice-${name}`)
    .flatMap(({ metadata, rules = [] }) => rules.map((rule) => ({ ...rule, namespace: metadata.namespace })));

describe('what Sluice may do inside a cluster', () => {
  it('is written for each function, bound to its group, in the namespaces of the services of that cluster only', () => {
    const namespaces = new Set(manifests.flatMap(({ metadata }) => metadata.namespace ?? []));

    expect(namespaces).toEqual(new Set(['argocd', 'production', 'production-blue', 'production-green']));
    for (const name of clusterFunctionNames) {
      const bindings = manifests.filter(
        ({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === `sluice-${name}`,
      );
      const roles = manifests.filter(({ kind, metadata }) => kind === 'Role' && metadata.name === `sluice-${name}`);
      expect(bindings.map(({ metadata }) => metadata.namespace)).toEqual(
        roles.map(({ metadata }) => metadata.namespace),
      );
      for (const { subjects } of bindings) expect(subjects?.map((subject) => subject.name)).toEqual([`sluice:${name}`]);
    }
  });

  it('has no wildcard, no secret, and no deletion', () => {
    for (const { rules = [] } of manifests) {
      for (const { apiGroups, resources, verbs } of rules) {
        expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
        expect(resources).not.toContain('secrets');
        expect(verbs.filter((verb) => !['get', 'list', 'patch'].includes(verb))).toEqual([]);
      }
    }
  });

  it('lets only act and return-traffic write the route, each the one of the service', () => {
    const writers = clusterFunctionNames.filter((name) =>
      rulesOf(name).some(({ resources, verbs }) => resources.includes('virtualservices') && verbs.includes('patch')),
    );

    expect(writers).toEqual(['act', 'return-traffic']);
    for (const name of clusterFunctionNames) {
      const [route] = rulesOf(name).filter(({ resources }) => resources.includes('virtualservices'));
      expect(route).toMatchObject({ namespace: 'production', resourceNames: ['chest-xray-mlops'] });
    }
  });

  it('lets nobody but act and return-traffic change anything, and only act an Application', () => {
    const changing = clusterFunctionNames.filter((name) =>
      manifests
        .filter(({ metadata }) => metadata.name === `sluice-${name}` || metadata.name.startsWith(`sluice-${name}-`))
        .some(({ rules = [] }) => rules.some(({ verbs }) => verbs.some((verb) => verb !== 'get' && verb !== 'list'))),
    );
    const syncing = clusterFunctionNames.filter((name) =>
      rulesOf(name).some(({ resources, verbs }) => resources.includes('applications') && verbs.includes('patch')),
    );

    expect([changing, syncing]).toEqual([['act', 'return-traffic'], ['act']]);
  });

  it('lets those that raise a weight, and that plan one, see every route object of the cluster, and nobody write one', () => {
    const clusterWide = manifests.filter(({ metadata }) => metadata.namespace === undefined);

    expect(clusterWide.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ClusterRole sluice-plan-routes',
      'ClusterRoleBinding sluice-plan-routes',
      'ClusterRole sluice-observe-routes',
      'ClusterRoleBinding sluice-observe-routes',
      'ClusterRole sluice-act-routes',
      'ClusterRoleBinding sluice-act-routes',
    ]);
    for (const { rules = [] } of clusterWide) {
      for (const { resources, verbs } of rules) {
        expect(['virtualservices', 'httproutes']).toContain(resources.join());
        expect(verbs).toEqual(['list']);
      }
    }
    expect(clusterWide.flatMap(({ subjects = [] }) => subjects.map(({ name }) => name))).toEqual([
      'sluice:plan',
      'sluice:observe',
      'sluice:act',
    ]);
  });

  it('is split where the Argo CD of one cluster delivers to others: there what concerns Applications, here the rest', () => {
    const inHub = configuration.services.map((service) => ({
      ...service,
      argocd: { cluster: 'hub', destination: service.cluster },
    }));
    const split = { ...configuration, services: inHub };
    const parts = (cluster: string, among: typeof configuration = split) =>
      rolesIn(among, cluster, 'sluice').flatMap(({ kind, metadata, rules = [] }) =>
        rules.map((rule) => JSON.stringify([kind, metadata, rule])),
      );
    const before = ['production', 'research'].flatMap((cluster) => parts(cluster, configuration));

    expect(parts('hub').length).toBeGreaterThan(0);
    expect(parts('hub').every((part) => part.includes('"applications"') && part.includes('"argocd"'))).toBe(true);
    expect(parts('production').join()).not.toContain('applications');
    expect(new Set([...parts('hub'), ...parts('production'), ...parts('research')])).toEqual(new Set(before));
    expect(rolesIn(split, 'hub', 'sluice').map(({ kind }) => kind)).not.toContain('ClusterRole');
  });

  it('follows the router of a service: an HTTPRoute where the service has one', () => {
    const inNamespaces = rolesIn(configuration, 'research', 'sluice').filter(({ kind }) => kind === 'Role');
    const research = JSON.stringify(inNamespaces);

    expect(research).toContain('httproutes');
    expect(research).not.toContain('virtualservices');
  });

  it('lets only act and return-traffic write the one Ingress of a service with an ALB, and a rise list the others', () => {
    const arnOf = (side: string) => `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${side}/0`;
    const targetGroups = { blue: arnOf('blue'), green: arnOf('green') };
    const services = configuration.services.map((service) => ({
      ...service,
      traffic: { ...service.traffic, router: 'alb' as const, targetGroups },
    }));
    const about = rolesIn({ ...configuration, services }, 'production', 'sluice').flatMap(({ metadata, rules = [] }) =>
      rules
        .filter(({ resources }) => resources.includes('ingresses'))
        .map((rule) => ({ role: metadata.name, ...rule })),
    );

    expect(new Set(about.map(({ apiGroups }) => apiGroups.join()))).toEqual(new Set(['networking.k8s.io']));
    const writing = about.filter(({ verbs }) => verbs.includes('patch'));
    expect(writing.map(({ role }) => role)).toEqual(['sluice-act', 'sluice-return-traffic']);
    expect(new Set(writing.flatMap(({ resourceNames = ['any'] }) => resourceNames))).toEqual(
      new Set(['chest-xray-mlops']),
    );
    const listing = about.filter(({ verbs }) => verbs.includes('list')).map(({ role }) => role);
    expect(listing).toEqual(['sluice-plan-routes', 'sluice-observe-routes', 'sluice-act-routes']);
    expect(JSON.stringify(manifests)).not.toContain('ingresses');
  });

  describe.each<[Autoscaler, readonly string[]]>([
    [{ kind: 'HPA', name: 'xray' }, ['horizontalpodautoscalers']],
    [{ kind: 'ScaledObject', name: 'xray' }, ['scaledobjects']],
    [{ kind: 'none', name: 'chest-xray-mlops' }, []],
  ])('where capacity is set by %j', (autoscaler, objects) => {
    const services = configuration.services.map((service) => ({ ...service, autoscaler }));
    const roles = rolesIn({ ...configuration, services }, 'production', 'sluice');
    const rules = roles.flatMap(({ metadata, rules: all = [] }) =>
      all.map((rule) => ({ ...rule, role: metadata.name })),
    );
    /** The rules of both environments, each once. */
    const about = (resource: string) => [
      ...new Map(
        rules.filter(({ resources }) => resources.includes(resource)).map((rule) => [JSON.stringify(rule), rule]),
      ).values(),
    ];

    it('lets act write that object by name, plan and observe read it, and nobody else see it', () => {
      for (const resource of ['horizontalpodautoscalers', 'scaledobjects']) {
        const found = about(resource).map(({ role, verbs, resourceNames }) => [role, verbs, resourceNames]);
        const wanted = [
          ['sluice-plan', ['get'], ['xray']],
          ['sluice-observe', ['get'], ['xray']],
          ['sluice-act', ['get', 'patch'], ['xray']],
        ];
        expect(found).toEqual(objects.includes(resource) ? wanted : []);
      }
    });

    it('lets act scale the Deployment of the service, and nobody change anything else of it (I3)', () => {
      expect(about('deployments/scale')).toEqual([
        {
          role: 'sluice-act',
          apiGroups: ['apps'],
          resources: ['deployments/scale'],
          verbs: ['patch'],
          resourceNames: ['chest-xray-mlops'],
        },
      ]);
      for (const { verbs } of about('deployments')) expect(verbs).toEqual(['get']);
    });
  });
});

describe('what Sluice may do about a service that is only observed', () => {
  const services = configuration.services.map((service) => ({ ...service, mode: 'observe' as const }));
  const observed = rolesIn({ ...configuration, services }, 'production', 'sluice');

  it('is to look: those that would change something get no role at all', () => {
    const verbs = new Set(observed.flatMap(({ rules = [] }) => rules.flatMap((rule) => rule.verbs)));
    const named = new Set(observed.map(({ metadata }) => metadata.name));

    expect([...verbs].sort()).toEqual(['get', 'list']);
    expect([...named].sort()).toEqual([
      'sluice-api-operate',
      'sluice-api-read',
      'sluice-observe',
      'sluice-observe-routes',
      'sluice-plan',
      'sluice-plan-routes',
    ]);
  });

  it('has the Services by whose pods it knows what runs there', () => {
    const role = observed.find(({ kind, metadata }) => kind === 'Role' && metadata.name === 'sluice-observe');

    expect(observed.filter(({ metadata }) => metadata.name === 'sluice-observe').length).toBeGreaterThan(0);
    expect(role).toBeDefined();
    const rules = observed
      .filter(({ kind, metadata }) => kind === 'Role' && metadata.name === 'sluice-observe')
      .flatMap(({ rules: all = [] }) => all);
    expect(rules).toContainEqual({
      apiGroups: [''],
      resources: ['services'],
      verbs: ['get'],
      resourceNames: ['chest-xray-mlops'],
    });
  });
});
