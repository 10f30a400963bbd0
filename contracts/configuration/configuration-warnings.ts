import { formatDuration, milliseconds, readDuration } from '../duration.ts';
import { builtIn, builtInQueries } from './built-in-objectives.ts';
import { metricsIn, unseenOf } from './cloudwatch.ts';
import type { Configuration } from './configuration.ts';
import { istioBuckets } from './istio-queries.ts';
import { speaksPromQl } from './metric-sources.ts';
import { measuredObjectives, sourceOf } from './objectives.ts';
import { irreversibleNeverApproved } from './people.ts';

/** A range of PromQL such as `[5m]` or `[5m:1m]`. */
const fixedRange = /\[\s*\d+[a-z][\da-z]*\s*[\]:]/;

/** What is allowed in `sluice.yaml` and probably not meant, with its path. */
export const configurationWarnings = (configuration: Configuration): readonly string[] => [
  ...queriesOverFixedTimes(configuration),
  ...errorsWithoutZero(configuration),
  ...goodAnswersWithoutZero(configuration),
  ...missingErrors(configuration),
  ...rangesTooShort(configuration),
  ...shorterThanWindow(configuration),
  ...boundsBetweenBuckets(configuration),
  ...boundsAboveTraffic(configuration),
  ...withoutRoles(configuration),
  ...approversWithoutLogin(configuration),
  ...imagesFromAnywhere(configuration),
  ...irreversibleReleases(configuration),
  ...waiversOfNothing(configuration),
  ...creatorsWithoutBot(configuration),
  ...measuredOfAnyRelease(configuration),
  ...majorOfWhat(configuration),
  ...alertmanagersOfAmazon(configuration),
];

/** Amazon Managed Service for Prometheus has no `/api/v1/alertmanagers`. */
const alertmanagersOfAmazon = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ objectives: { source }, postDeployment: { monitoring } }, service) =>
    source.kind !== 'cloudwatch' && source.auth?.kind === 'sigv4' && monitoring?.alertmanager === true
      ? [
          `services[${service}].postDeployment.monitoring.alertmanager is always inconclusive: Amazon Managed Service for Prometheus does not tell its Alertmanager. Write \`alertmanager: false\`.`,
        ]
      : [],
  );

/** An excess that chance made stays in the window: only what lasts longer than the window is more than one look (docs/adr/0046). */
const shorterThanWindow = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ objectives: { list, window, source } }, service) =>
    list.flatMap(({ name, unit, for: lasting, at }) =>
      unit === 'ratio' && lasting < window - unseenOf(source)
        ? [
            `services[${service}].objectives.list[${at}].for (${formatDuration(lasting)}, ${name}) is shorter than objectives.window (${formatDuration(window)}): a few errors by chance stay in the window for all of it, and a good release goes back. Write a shorter window, or a \`for\` of several windows.`,
          ]
        : [],
    ),
  );

/** What is major is known of semantic versions only. */
const majorOfWhat = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ versions, approvals }, service) =>
    approvals.rules.flatMap(({ role, when }, rule) =>
      when === 'major' && versions !== 'semver'
        ? [
            `services[${service}].approvals.rules[${rule}] (${role}) applies to every standard deployment: nobody can say which version is major when versions are not semantic (versions: ${versions}).`,
          ]
        : [],
    ),
  );

/** The first hour needs no roles; an installation does. */
const withoutRoles = ({ roles }: Configuration): readonly string[] =>
  roles !== null
    ? []
    : [
        'roles is not set: everybody in people may start, call a deployment a hotfix, hold, freeze, and undo all of that, and anyone who signs in may look.',
      ];

/** Of whom no login is known, GitHub's word for who wrote, merged or started something excludes nobody. */
function approversWithoutLogin({ people, services }: Configuration): readonly string[] {
  const approvers = new Set(services.flatMap(({ approvals }) => approvals.rules.flatMap(({ members }) => members)));
  return people.flatMap(({ mail, mails, github }, index) =>
    github.length > 0 || ![mail, ...mails].some((address) => approvers.has(address))
      ? []
      : [
          `people[${index}] (${mail}) approves and has no github: what they write, merge or start is recognised by mail addresses alone.`,
        ],
  );
}

/** CI's artifact names the image: whoever can change that could name one of another service. */
const imagesFromAnywhere = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ validation: { image } }, service) =>
    image.repositories === null
      ? [
          `services[${service}].validation.image.repositories is not set: a release may name an image of any repository of this account and region.`,
        ]
      : [],
  );

/** Releases with `reversible: false` need every rule there is where none is written for them. */
const irreversibleReleases = ({ people, services }: Configuration): readonly string[] =>
  services.flatMap(({ approvals }, service) => {
    const why = irreversibleNeverApproved(people, approvals);
    return why === null
      ? []
      : [
          `services[${service}].approvals.rules: a release with \`reversible: false\` could never be approved, since every rule applies to it and ${why}. Write a rule with \`when: irreversible\`.`,
        ];
  });

/** Only findings that count can be waived. */
const waiversOfNothing = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ validation: { image } }, service) =>
    image.waivers.length > 0 && image.critical === null
      ? [
          `services[${service}].validation.image.waivers have no effect: without \`critical\` no scan is required, and no finding counts.`,
        ]
      : [],
  );

/** GitHub's own login of its workflows' token ends in `[bot]`. */
const creatorsWithoutBot = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ validation: { staging } }, service) =>
    (staging?.createdBy ?? []).flatMap((creator) =>
      /^(github-actions|dependabot|renovate)$/i.test(creator)
        ? [
            `services[${service}].validation.staging.createdBy names ${creator}, which is nobody's login: deployments by its token are created by ${creator}[bot].`,
          ]
        : [],
    ),
  );

/** Staging may run the next release before a window is over. Metrics of CloudWatch know no version. */
const measuredOfAnyRelease = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ validation: { performance } }, service) =>
    performance === null || !speaksPromQl(performance.source)
      ? []
      : performance.list.flatMap(({ query }, at) =>
          /\{\{\s*version\s*\}\}/.test(query)
            ? []
            : [
                `services[${service}].validation.performance.list[${at}].query measures whatever runs on staging in that window, and not this release alone. Write a label with {{version}}.`,
              ],
        ),
  );

/** What is asked of a Prometheus, with its path; nothing of any other source. */
const prometheusQueries = ({ services }: Configuration): readonly { query: string; path: string }[] =>
  services.flatMap(({ objectives }, service) => {
    const { source, samples, fast } = objectives;
    const ofObjectives = inPromQl(objectives).flatMap(({ at, query, compare }) => [
      { query, path: `list[${at}].query` },
      ...(compare === null ? [] : [{ query: compare.bad, path: `list[${at}].compare.bad` }]),
    ]);
    const ofService = [
      ...(samples === null ? [] : [{ query: samples, path: 'samples' }]),
      ...(fast === null
        ? []
        : (['answers', 'failures'] as const).map((count) => ({ query: fast[count], path: `fast.${count}` }))),
    ];
    return [...ofObjectives, ...(speaksPromQl(source) ? ofService : [])].map(({ query, path }) => ({
      query,
      path: `services[${service}].objectives.${path}`,
    }));
  });

/** The objectives that are asked of a Prometheus. */
const inPromQl = (objectives: Configuration['services'][number]['objectives']) =>
  measuredObjectives(objectives).filter((objective) => speaksPromQl(sourceOf(objectives, objective)));

/**
 * A query that looks back over a fixed time counts the errors of what ran in that environment before, unless it asks for a version
 * (docs/adr/0023).
 */
const queriesOverFixedTimes = (configuration: Configuration): readonly string[] =>
  prometheusQueries(configuration)
    .filter(({ query }) => fixedRange.test(query) && !query.includes('{{version}}'))
    .map(
      ({ path }) =>
        `${path} looks back over a fixed time: a release that comes soon after a bad one is judged by that one's errors. Write [{{window}}].`,
    );

/** A series of errors: by its own name, or one of answers with codes that are not those of good ones. */
const errorSeries =
  /\b\w*(error|fail)\w*\s*[{[]|\b\w*(code|status|class)\w*\s*(=~?\s*["'`](?!2|OK)|!(=|~)\s*["'`](?!4|5))/i;

/** A counter has no series before the first event of its kind: the best release of all has no error rate then, and nobody knows that it is good. */
const errorsWithoutZero = (configuration: Configuration): readonly string[] =>
  prometheusQueries(configuration)
    .filter(({ query }) => errorSeries.test(query) && !/\bor\b/i.test(query))
    .map(
      ({ path }) =>
        `${path} counts errors, which have no series before the first one: a release without errors has no reading, which is inconclusive. Write (sum(…) or vector(0)).`,
    );

/** A matcher of answers by their codes. */
const byCode = /\b\w*(code|status|class)\w*\s*(=|!)/i;

/** The worst release of all has no good answer, and a counter of those no series then: with a lower bound that would be inconclusive, and not broken. */
const goodAnswersWithoutZero = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ objectives }, service) =>
    inPromQl(objectives).flatMap(({ at, query, min }) =>
      min === undefined || !byCode.test(query) || errorSeries.test(query) || /\bor\b/i.test(query)
        ? []
        : [
            `services[${service}].objectives.list[${at}].query counts good answers, which have no series where every answer fails: such a release has no reading, which is inconclusive, and not below its min. Write (sum(…) or vector(0)).`,
          ],
    ),
  );

/** CloudWatch's metrics of errors have no values while nothing fails, and metric math has no answer then. */
const missingErrors = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ objectives }, service) => {
    const { source, fast } = objectives;
    const asked = [
      ...measuredObjectives(objectives).flatMap((objective) => {
        const { at, query, compare } = objective;
        const from = sourceOf(objectives, objective);
        return [
          { query, path: `list[${at}].query`, from },
          ...(compare === null ? [] : [{ query: compare.bad, path: `list[${at}].compare.bad`, from }]),
        ];
      }),
      ...(fast === null ? [] : [{ query: fast.failures, path: 'fast.failures', from: source }]),
    ];
    return asked.flatMap(({ query, path, from }) =>
      from.kind !== 'cloudwatch'
        ? []
        : metricsIn(query).flatMap((name) => {
            const metric = from.metrics[name]?.metric ?? '';
            const isFilled = new RegExp(`\\bFILL\\(\\s*${name}\\s*,`).test(query);
            return isFilled || !/error|fault|fail|[45]xx/i.test(metric)
              ? []
              : [
                  `services[${service}].objectives.${path} reads ${name} (${metric}), which has no values while there are none: a release without errors has no reading, which is inconclusive. Write FILL(${name}, 0).`,
                ];
          }),
    );
  });

/** A range of PromQL, `[5m]`. */
const rangeOf = /\[\s*(\d[\da-z]*)\s*[\]:]/g;

/** Two samples make a rate: a shorter range has none now and then, or ever. */
const rangesTooShort = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ objectives }, service) => {
    const { source, scrapeInterval, window, fast } = objectives;
    const asked = inPromQl(objectives);
    if (!speaksPromQl(source) && asked.length === 0) return [];
    const least = 2 * scrapeInterval;
    const written = asked.flatMap(({ at, query, compare }) =>
      [query, compare?.bad ?? '', compare?.total ?? ''].flatMap((text) =>
        [...text.matchAll(rangeOf)].flatMap(([, range = '']) => {
          const length = readDuration(range);
          return length === null ? [] : [{ path: `list[${at}]`, range, length }];
        }),
      ),
    );
    const windows = [
      { path: 'window', range: formatDuration(window), length: window },
      ...(fast === null || !speaksPromQl(source)
        ? []
        : [{ path: 'fast.window', range: formatDuration(fast.window), length: fast.window }]),
      ...written,
    ];
    return windows.flatMap(({ path, range, length }) =>
      length >= least
        ? []
        : [
            `services[${service}].objectives.${path} looks back over ${range}, which is shorter than two scrapes of ${formatDuration(scrapeInterval)} (scrapeInterval): a rate needs two samples. Write ${formatDuration(milliseconds(2 * least))}.`,
          ],
    );
  });

const istioBucket = 'istio_request_duration_milliseconds_bucket';

/** Between the ends of two buckets nobody knows how long an answer took, and a quantile is a guess. */
const boundsBetweenBuckets = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ objectives }, service) =>
    inPromQl(objectives).flatMap((objective) => {
      const { at, name, query, max, unit } = objective;
      const source = sourceOf(objectives, objective);
      const path = `services[${service}].objectives.list[${at}]`;
      if (!query.includes(istioBucket)) return [];
      const ends = [...query.matchAll(/\ble\s*=~?\s*["'](\d+(?:\.\d+)?)[^"']*["']/g)].map(([, end]) => Number(end));
      const [end] = ends;
      if (end !== undefined && !ends.some((one) => istioBuckets.includes(one))) {
        return [
          `${path}.query reads a bucket that ends at ${end} ms, which Istio does not have (${endsAround(end)}): it answers nothing unless sidecar.istio.io/statsHistogramBuckets of the gateway makes it.`,
        ];
      }
      if (max === undefined) return [];
      const inSeconds = unit === 'seconds' || (unit === undefined && /\/\s*1000\b/.test(query));
      const bound = inSeconds ? max * 1_000 : max;
      if (!query.includes('histogram_quantile') || unit === 'ratio' || istioBuckets.includes(bound)) return [];
      const known = builtIn(name);
      const isBuiltIn =
        known !== null && source.kind === 'istio' && query === builtInQueries(known, max, source.gateway).query;
      return [
        `${path}.max lies between the ends of two buckets of Istio (${endsAround(bound)}): ${
          isBuiltIn
            ? 'only answers beyond the upper one break it.'
            : 'what is read there is a guess, and breaks it for answers that are quick enough. Choose the end of a bucket, or let `source: { istio: … }` count them.'
        }`,
      ];
    }),
  );

/** A side has the rate of its own share of the traffic: what a service has in all, its first step never has. */
const boundsAboveTraffic = ({ services }: Configuration): readonly string[] =>
  services.flatMap(({ objectives, traffic: { requestsPerSecond, steps } }, service) => {
    const [first = 100] = steps;
    if (requestsPerSecond === null) return [];
    const rate = (requestsPerSecond * first) / 100;
    return measuredObjectives(objectives).flatMap(({ at, min, unit }) =>
      unit !== 'per-second' || min === undefined || min <= rate
        ? []
        : [
            `services[${service}].objectives.list[${at}].min (${min}) is more than the first step has: ${first} % of ${requestsPerSecond} requests/s (traffic.requestsPerSecond) are ${Number(rate.toPrecision(3))}. A query is about one side: choose a bound for the first step, or divide by the number of requests.`,
          ],
    );
  });

/** `1000 and 2500 ms` */
function endsAround(bound: number): string {
  const ends = [istioBuckets.findLast((end) => end < bound), istioBuckets.find((end) => end >= bound)];
  return `${ends.filter((end) => end !== undefined).join(' and ')} ms`;
}
