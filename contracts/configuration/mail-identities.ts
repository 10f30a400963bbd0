import type { ServiceConfiguration } from './service.ts';

/** The domain of a mail address. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** A domain and those that it is below, without the top: `a.b.example.com`, `b.example.com`, `example.com`. A verified one speaks for all below it. */
export function domainsAbove(domain: string): readonly string[] {
  const labels = domain.split('.');
  return labels.slice(0, Math.max(1, labels.length - 1)).map((_, index) => labels.slice(index).join('.'));
}

/** The identities of SES that may stand for an address, the nearest first: SES takes the nearest that it has. */
export const identitiesOf = (address: string): readonly string[] => [address, ...domainsAbove(domainOf(address))];

/** Everybody to whom Sluice writes: people, and whoever is told of deployments. */
export const recipientsOf = ({
  people,
  services,
}: {
  readonly people: readonly { readonly mail: string }[];
  readonly services: readonly Pick<ServiceConfiguration, 'approvals' | 'notify'>[];
}): readonly string[] => [
  ...new Set([
    ...people.map(({ mail }) => mail),
    ...services.flatMap(({ approvals, notify }) => [...notify.deployments, ...(approvals.escalate?.to ?? [])]),
  ]),
];
