/** What an address of this page is for: `#services`, `#service=…`, `#operation=…`, `#deliveries`, `#audit`, `#metrics`. */

export const listPages = ['services', 'deliveries', 'audit', 'metrics'] as const;
export type ListPage = (typeof listPages)[number];

export type Place =
  /** One service with its operations; the first of them, and the one at work, unless the address says which. */
  | { readonly page: 'service'; readonly service: string | null; readonly operation: string | null }
  | { readonly page: ListPage };

/** @param hash as `location.hash` has it. */
export function placeOf(hash: string): Place {
  const wanted = new URLSearchParams(hash.slice(1));
  const page = listPages.find((one) => wanted.has(one));
  return page === undefined
    ? { page: 'service', service: wanted.get('service'), operation: wanted.get('operation') }
    : { page };
}

/** Where the API has what is shown there. */
export function addressOf(place: Place): string {
  switch (place.page) {
    case 'services':
      return '/api/summary';
    case 'deliveries':
      return '/api/deliveries?limit=50';
    case 'audit':
      return '/api/audit';
    case 'metrics':
      return '/api/metrics';
    case 'service': {
      const { service, operation } = place;
      const query = new URLSearchParams({ ...(service ? { service } : {}), ...(operation ? { operation } : {}) });
      return `/api/overview?${query}`;
    }
  }
}

/** The address of an operation on this page. */
export const operationLink = (id: string): string => `#operation=${encodeURIComponent(id)}`;

/** The address of a service on this page. */
export const serviceLink = (name: string): string => `#service=${encodeURIComponent(name)}`;
