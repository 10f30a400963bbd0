import type { Configuration } from '../contracts/configuration/configuration.ts';

/** A range of PromQL such as `[5m]` or `[5m:1m]`. */
const fixedRange = /\[\s*\d+[a-z][\da-z]*\s*[\]:]/;

/**
 * What is allowed in `sluice.yaml` and probably not meant, with its path: a query that looks back over a fixed time counts the errors of what
 * ran in that environment before, unless it asks for a version (docs/adr/0023).
 */
export const configurationWarnings = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ objectives: { source, list, samples } }, service) =>
    [
      ...list.map(({ query }, at) => ({ query, path: `list[${at}].query` })),
      ...(samples === null ? [] : [{ query: samples, path: 'samples' }]),
    ]
      .filter(({ query }) => source.kind === 'prometheus' && fixedRange.test(query) && !query.includes('{{version}}'))
      .map(
        ({ path }) =>
          `services[${service}].objectives.${path} looks back over a fixed time: a release that comes soon after a bad one is judged by that one's errors. Write [{{window}}].`,
      ),
  );
