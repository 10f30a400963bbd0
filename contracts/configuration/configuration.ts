import * as z from 'zod';
import { wholeObject } from '../whole-object.ts';
import { type CrossRule, crossRules } from './cross-rules.ts';
import { githubCom } from './github.ts';
import { requiredProofs } from './image.ts';
import { identitiesOf } from './mail-identities.ts';
import { approverProblems, everyNameOnce, roleProblems } from './people.ts';
import { uniqueBy } from './primitives.ts';
import { installed, serviceSchema } from './service.ts';
import { installationSchemas } from './service-document.ts';
import { patternsMeet } from './trigger.ts';

const document = z.strictObject({
  github: installationSchemas.github,
  attestations: installationSchemas.attestations,
  alerts: installationSchemas.alerts,
  argocd: installationSchemas.argocd,
  mail: installationSchemas.mail,
  urls: installationSchemas.urls,
  audit: installationSchemas.audit,
  retention: installationSchemas.retention,
  contacts: installationSchemas.contacts,
  links: installationSchemas.links,
  clusters: installationSchemas.clusters.default([]).superRefine(uniqueBy((cluster) => cluster.name, 'cluster')),
  people: installationSchemas.people.default([]).superRefine(everyNameOnce),
  roles: installationSchemas.roles,
  services: z.array(serviceSchema).min(1, 'must have at least one service'),
});

type Document = z.output<typeof document>;
type Service = Document['services'][number];

/** What two services must not share, because they would write over each other or start each other. */
const exclusive: readonly {
  fields: string;
  reads: readonly (keyof Service)[];
  /** @param hub the cluster whose Argo CD delivers to all of them; null where each has its own. */
  of(service: Service, hub: string | null): readonly string[];
}[] = [
  { fields: 'name', reads: ['name'], of: ({ name }) => [name] },
  {
    fields: 'repository, workflow and branch',
    reads: ['repository', 'trigger'],
    of: ({ repository, trigger }) => [[repository.toLowerCase(), trigger.workflow, trigger.branch].join(' ')],
  },
  {
    fields: 'route',
    reads: ['cluster', 'traffic'],
    of: ({ cluster, traffic: { router, route } }) => [[cluster, router, route.namespace, route.name].join(' ')],
  },
  {
    fields: 'target group',
    reads: ['traffic'],
    of: ({ traffic: { targetGroups } }) => (targetGroups === null ? [] : [targetGroups.blue, targetGroups.green]),
  },
  {
    fields: 'Application',
    reads: ['cluster', 'environments'],
    of: ({ cluster, environments: { blue, green } }, hub) =>
      [blue, green].map((side) => `${hub ?? cluster} ${side.application}`),
  },
  {
    fields: 'deploy repository, branch and path',
    reads: ['gitops', 'environments'],
    of: ({ gitops, environments: { blue, green } }) =>
      [blue, green].map((side) => [gitops.repository.toLowerCase(), side.branch, gitops.path].join(' ')),
  },
];

/** Two services that a run on one branch would both be of. */
function* sharedHotfixes(value: Document, isSound: (path: readonly PropertyKey[]) => boolean) {
  const services = [...soundServices(value, isSound, ['repository', 'trigger'])];
  const source = ({ repository, trigger }: Service) => `${repository.toLowerCase()} ${trigger.workflow}`;
  for (const [index, service] of services) {
    for (const [other, { trigger }] of services.filter(([, one]) => source(one) === source(service))) {
      if (other === index) continue;
      for (const [at, pattern] of service.trigger.hotfixBranches.entries()) {
        const met = [trigger.branch, ...(other < index ? trigger.hotfixBranches : [])].find((one) =>
          patternsMeet(pattern, one),
        );
        if (met === undefined) continue;
        const message = `meets ${met} of services[${other}], which the same workflow builds`;
        yield { message, path: ['services', index, 'trigger', 'hotfixBranches', at] };
      }
    }
  }
}

const rules: readonly CrossRule<Document>[] = [
  { needs: [], problems: sharedHotfixes },
  ...exclusive.map(
    ({ fields, reads, of }): CrossRule<Document> => ({
      needs: [],
      *problems(value, isSound) {
        const hub = isSound(['argocd']) ? value.argocd.cluster : null;
        const owners = new Map<string, number>();
        for (const [index, service] of soundServices(value, isSound, reads)) {
          const keys = of(service, hub);
          const owner = keys.map((key) => owners.get(key)).find((other) => other !== undefined);
          if (owner !== undefined) {
            const path = ['services', index, ...(fields === 'name' ? ['name'] : [])];
            yield { message: `has the same ${fields} as services[${owner}]`, path };
          }
          for (const key of keys) if (!owners.has(key)) owners.set(key, index);
        }
      },
    }),
  ),
  {
    needs: ['mail.identity', 'mail.from'],
    *problems({ mail: { from, identity } }) {
      const possible = identitiesOf(from);
      if (identity !== null && !possible.includes(identity)) {
        yield { message: `must be one that ${from} can be sent by: ${possible.join(', ')}` };
      }
    },
  },
  {
    // @see https://github.com/actions/attest: there are no attestations on GitHub Enterprise Server.
    needs: ['github'],
    *problems(value, isSound) {
      if (value.github.server === githubCom) return;
      for (const [index, { validation }] of soundServices(value, isSound, ['validation'])) {
        if (validation.image.provenance !== 'required') continue;
        const message =
          'cannot be required: a GitHub Enterprise Server keeps no attestations. Require a signature by a Sigstore of your own instead';
        yield { message, path: ['services', index, 'validation', 'image', 'provenance'] };
      }
    },
  },
  {
    needs: ['attestations.trustRoots', 'github'],
    *problems(value, isSound) {
      const { github, attestations } = value;
      if (github.server === githubCom || attestations.trustRoots.some((root) => root !== 'public-good')) return;
      for (const [index, { validation }] of soundServices(value, isSound, ['validation'])) {
        const proof = requiredProofs(validation.image).find((one) => one !== 'provenance');
        if (proof === undefined) continue;
        yield {
          message: `must name the trusted_root.json of a Sigstore of your own: services[${index}] requires ${proof} of its images, and public-good certifies no jobs of ${github.server}`,
        };
        return;
      }
    },
  },
  {
    needs: ['clusters'],
    *problems(value, isSound) {
      if (value.clusters.length === 0) return;
      for (const [index, { cluster }] of soundServices(value, isSound, ['cluster'])) {
        if (value.clusters.some(({ name }) => name === cluster)) continue;
        yield { message: `${cluster} is not among clusters`, path: ['services', index, 'cluster'] };
      }
    },
  },
  {
    needs: ['clusters'],
    *problems({ clusters }) {
      for (const [index, { account, address }] of clusters.entries()) {
        if (account === undefined || address !== undefined) continue;
        const message = 'is missing: Sluice cannot ask EKS in another account where the cluster is';
        yield { message, path: ['clusters', index, 'address'] };
      }
    },
  },
  {
    needs: ['clusters', 'argocd'],
    *problems({ clusters, argocd: { cluster: hub } }) {
      if (hub === null) return;
      if (!clusters.some(({ name }) => name === hub)) {
        yield { message: `${hub} is not among clusters`, path: ['argocd', 'cluster'] };
        return;
      }
      for (const [index, { name, destination }] of clusters.entries()) {
        if (name === hub || destination !== undefined) continue;
        const message = `is missing: what the Applications in ${hub} call this cluster (spec.destination.server or .name)`;
        yield { message, path: ['clusters', index, 'destination'] };
      }
    },
  },
  {
    needs: ['people'],
    *problems(value, isSound) {
      for (const [index, { approvals }] of soundServices(value, isSound, ['approvals'])) {
        for (const { path, message } of approverProblems(value.people, approvals)) {
          yield { message, path: ['services', index, 'approvals', ...path] };
        }
      }
    },
  },
  {
    needs: ['roles', 'people'],
    *problems({ people, roles }) {
      if (roles !== null) yield* roleProblems(people, roles);
    },
  },
];

/** The services whose fields `reads` passed, with their place in the list. */
function* soundServices(
  { services }: Document,
  isSound: (path: readonly PropertyKey[]) => boolean,
  reads: readonly (keyof Service)[],
): Iterable<[number, Service]> {
  // a document whose other fields failed may hold anything here
  if (!Array.isArray(services)) return;
  for (const [index, service] of services.entries()) {
    if (reads.every((field) => isSound(['services', index, field]))) yield [index, service];
  }
}

/** `sluice.yaml` (DESIGN §6). Strict everywhere: an unknown key is a problem. */
export const configurationSchema = document.superRefine(crossRules(rules), wholeObject).transform((written) => ({
  ...written,
  services: written.services.map((service) => installed(service, written)),
}));

/** The whole installation as it is configured. */
export type Configuration = Readonly<z.output<typeof configurationSchema>>;

/** One person's names in the worlds that Sluice meets. */
export type Person = Configuration['people'][number];

export type { ServiceConfiguration } from './service.ts';
