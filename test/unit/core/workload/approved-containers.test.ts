import { describe, expect, it } from 'vitest';
import { type RunningContainers, unapprovedContainer } from '../../../../core/workload/approved-containers.ts';

const a = `sha256:${'a'.repeat(64)}`;
const b = `sha256:${'b'.repeat(64)}`;
const app = { name: 'app', image: `registry.example.com/app@${a}` };
const proxy = { name: 'proxy', image: 'registry.example.com/proxy:1.0' };
const migrate = { name: 'migrate', image: `registry.example.com/migrate@${b}` };
const template = { containers: [app, proxy], initContainers: [migrate] };
type Parts = NonNullable<RunningContainers['spec']> & { ids?: Record<string, string> };

const pod = ({ ids = {}, ...spec }: Parts): RunningContainers => {
  const statuses = Object.entries(ids).map(([name, imageID]) => ({ name, imageID }));
  return { spec: { ...template, ...spec }, status: { containerStatuses: statuses, initContainerStatuses: statuses } };
};

describe('every container of a pod is what was approved', () => {
  it.each<[string, RunningContainers]>([
    ['as the template says', pod({})],
    ['as the nodes have resolved it', pod({ ids: { app: `registry.example.com/app@${a}`, migrate: `x@${b}` } })],
    ['from a mirror, with the same content', pod({ containers: [{ ...app, image: `mirror/app@${a}` }, proxy] })],
    [
      'by a tag that the node resolved to it',
      pod({ containers: [{ ...app, image: 'x/app:v1' }, proxy], ids: { app: `x/app@${a}` } }),
    ],
    ['with a tag that admission has pinned', pod({ containers: [app, { ...proxy, image: `${proxy.image}@${b}` }] })],
    [
      'with what a mesh adds, as a container or as one that runs first',
      pod({
        containers: [{ name: 'istio-proxy', image: 'istio/proxyv2:1.30' }, app, proxy],
        initContainers: [migrate, { name: 'istio-init', image: 'istio/proxyv2:1.30' }],
      }),
    ],
  ])('%s', (_, one) => {
    expect(unapprovedContainer(one, template)).toBeNull();
  });

  it('with what a service says that is added, and nothing else', () => {
    const one = pod({ containers: [app, proxy, { name: 'vault-agent', image: 'vault:1' }] });

    expect([unapprovedContainer(one, template, ['vault-agent']), unapprovedContainer(one, template)]).toEqual([
      null,
      'container vault-agent (vault:1) is not in the approved template',
    ]);
  });

  it('with a proxy that the template leaves to the mesh (`auto`)', () => {
    const asked = { containers: [app, { name: 'istio-proxy', image: 'auto' }] };
    const one = { spec: { containers: [app, { name: 'istio-proxy', image: 'istio/proxyv2:1.30' }] } };

    expect(unapprovedContainer(one, asked)).toBeNull();
  });
});

it.each<[string, RunningContainers, string | RegExp]>([
  [
    'another digest',
    pod({ containers: [{ ...app, image: `registry.example.com/app@${b}` }, proxy] }),
    /container app runs .*b instead of/,
  ],
  [
    'a node that took something else',
    pod({ ids: { app: `registry.example.com/app@${b}` } }),
    /container app runs .*\(registry.example.com\/app@/,
  ],
  [
    'another tag of a sidecar',
    pod({ containers: [app, { ...proxy, image: 'registry.example.com/proxy:1.1' }] }),
    /proxy:1.1 instead of/,
  ],
  [
    'another sidecar',
    pod({ containers: [app, proxy, { name: 'side', image: 'evil:1' }] }),
    'container side (evil:1) is not in the approved template',
  ],
  [
    'another init container',
    pod({ initContainers: [migrate, { name: 'implant', image: 'evil:1' }] }),
    'init container implant (evil:1) is not in the approved template',
  ],
  [
    'another image of an init container',
    pod({ initContainers: [{ ...migrate, image: 'evil:1' }] }),
    /init container migrate runs evil:1/,
  ],
  [
    'an init container that a node took from elsewhere',
    pod({ ids: { migrate: `x@${a}` } }),
    /init container migrate runs/,
  ],
  [
    'a container that is in the template as one that runs first',
    pod({ containers: [app, proxy, migrate] }),
    /container migrate .* is not in the/,
  ],
  ['a container less', pod({ containers: [app] }), 'container proxy is missing'],
  [
    'a proxy in the template with another image than it says',
    { spec: { containers: [{ name: 'istio-proxy', image: 'evil:1' }] } },
    /evil:1 instead of/,
  ],
])('a pod with %s is not what was approved', (what, one, words) => {
  const wanted = what.startsWith('a proxy')
    ? { containers: [{ name: 'istio-proxy', image: 'istio/proxyv2:1.30' }] }
    : template;

  expect(unapprovedContainer(one, wanted)).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
});
