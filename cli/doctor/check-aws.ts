import type {
  ClusterPlace,
  InstallationOnAws,
  InstalledCluster,
} from '../../adapters/installation/installation-on-aws.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { domainOf, identitiesOf, recipientsOf } from '../../contracts/configuration/mail-identities.ts';
import { interfaceEndpoints } from '../../contracts/configuration/vpc-endpoints.ts';
import { reservedConcurrency, unreservedAtLeast } from '../../contracts/reserved-concurrency.ts';
import { clusterFunctionNames, groupOf } from '../../core/cluster/roles.ts';
import { checkMadeByPeople } from './check-made-by-people.ts';
import { check, type Finding, looked, missing, ok, unknown } from './finding.ts';

/** What only AWS knows: mail, clusters and their access entries, who is paged. */
export async function checkAws(
  aws: InstallationOnAws,
  { configuration, name, region, url }: { configuration: Configuration; name: string; region: string; url: string },
): Promise<readonly Finding[]> {
  const identity = configuration.mail.identity ?? domainOf(configuration.mail.from);
  const clusters = placesOf(configuration, region);
  const home = once(() => aws.home(`${name}-act`));
  const found = await Promise.all([
    looked(`Mail of ${identity}`, () => checkMail(aws, identity, configuration)),
    looked('Paging', () => checkPaging(aws, { home, name, region })),
    checkMadeByPeople(aws, configuration, url),
    looked('Room for functions', () => checkConcurrency(aws, name)),
    looked('Network of functions', () => describeNetwork(aws, configuration, name)),
    ...clusters.map((cluster) => {
      const { address, account } = configuration.clusters.find((one) => one.name === cluster.name) ?? {};
      return looked(`Cluster ${cluster.name}`, async () =>
        account === undefined || account === (await home())?.account
          ? checkCluster(aws, { cluster, address, name, region })
          : [inAnotherAccount(cluster, account)],
      );
    }),
  ]);
  return found.flat();
}

/** The clusters of the services and of their Argo CD, each with its region; `usual` where nothing is said. */
export const placesOf = ({ services, clusters }: Configuration, usual: string): ClusterPlace[] =>
  [...new Set(services.flatMap(({ cluster, argocd }) => [cluster, argocd.cluster]))]
    .sort()
    .map((name) => ({ name, region: clusters.find((one) => one.name === name)?.region ?? usual }));

/** Asks at most once, and not before somebody wants to know. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask();
    return answer;
  };
}

/** EKS says nothing about clusters of other accounts. */
const inAnotherAccount = ({ name, region }: ClusterPlace, account: string): Finding =>
  unknown(
    `Cluster ${name} is there and lets Sluice in`,
    `it is in account ${account}. With a profile of that account: aws eks list-access-entries --region ${region} --cluster-name ${name}`,
  );

/** Signatures of an address are those of its domain. */
const signedBy = (identity: string): string => {
  const [, domain = identity] = identity.split('@');
  return `Verify the domain ${domain} in SES, and put its DKIM records into DNS: aws sesv2 get-email-identity --email-identity ${domain}`;
};

async function checkMail(
  aws: InstallationOnAws,
  identity: string,
  configuration: Configuration,
): Promise<readonly Finding[]> {
  const recipients = recipientsOf(configuration);
  const { verified, dkim, toEverybody, sending, enforcement, suppressed } = await aws.mail(identity, recipients);
  const isOwn = configuration.mail.identity === null;
  const records = 'Put the three CNAME records of the stack’s outputs (Dkim1 to Dkim3) into the domain’s DNS.';
  const elsewhere = `aws sesv2 get-email-identity --email-identity ${identity} has its DKIM records and says what is missing.`;
  return [
    check(
      `Mail may be sent from ${identity}`,
      verified === true ? 'holds' : 'fails',
      verified === null
        ? `SES does not know the ${identity.includes('@') ? 'address' : 'domain'}`
        : identity.includes('@')
          ? 'nobody has followed the link that SES sent there'
          : 'SES has not seen the DKIM records',
      isOwn ? records : `Verify it in the console of SES: mail.identity is used as it is. ${elsewhere}`,
    ),
    ...(verified !== true
      ? []
      : [
          check(
            `Mail from ${identity} is signed (DKIM)`,
            dkim === 'SUCCESS' ? 'holds' : 'fails',
            `SES says ${dkim}: mail programs may take it for spam, and links of approvals are not seen`,
            isOwn ? records : signedBy(identity),
          ),
        ]),
    ...(toEverybody ? [ok('Mail reaches everybody')] : await checkSandbox(aws, recipients)),
    check('Mail is not paused', sending ? 'holds' : 'fails', 'AWS has paused sending', 'The console of SES says why.'),
    check(
      'Bounces and complaints are few enough for AWS',
      enforcement === 'HEALTHY' ? 'holds' : 'fails',
      `SES says ${enforcement}: it ${enforcement === 'SHUTDOWN' ? 'has stopped' : 'may stop'} the account’s mail`,
      'The console of SES (reputation) says which; docs/runbooks/bounced-mail.md.',
    ),
    check(
      'No address of sluice.yaml is suppressed',
      suppressed.length === 0 ? 'holds' : 'fails',
      `mail bounced or was reported as spam, and SES sends nothing more to ${suppressed.join(', ')}`,
      'docs/runbooks/bounced-mail.md: mend the mailbox, then aws sesv2 delete-suppressed-destination --email-address ADDRESS',
    ),
  ];
}

/** In SES's sandbox mail reaches only those whose address, or whose domain, has been verified; and one who is not keeps it from all of that mail. */
async function checkSandbox(aws: InstallationOnAws, recipients: readonly string[]): Promise<readonly Finding[]> {
  const identities = [...new Set(recipients.flatMap(identitiesOf))];
  const verified = new Set<string>();
  // One after the other: SES takes one such question a second, more or less.
  for (const identity of identities) if (await aws.isVerified(identity)) verified.add(identity);
  const others = recipients.filter((address) => !identitiesOf(address).some((identity) => verified.has(identity)));
  return [
    missing(
      'Mail reaches everybody',
      `SES is in its sandbox and sends to verified addresses only, at most 200 a day${
        others.length === 0 ? '; those of sluice.yaml are' : `: not to ${others.join(', ')}`
      }`,
      'Ask for production access in the console of SES; until then verify each: aws sesv2 create-email-identity --email-identity ADDRESS',
    ),
  ];
}

type Address = Configuration['clusters'][number]['address'];

async function checkCluster(
  aws: InstallationOnAws,
  { cluster: place, address, name, region }: { cluster: ClusterPlace; address: Address; name: string; region: string },
): Promise<readonly Finding[]> {
  const found = await aws.cluster(place);
  const cluster = place.name;
  const there = `Cluster ${cluster} is there and active`;
  if (found === null)
    return [missing(there, `no such cluster in ${place.region}`, 'sluice.yaml names clusters as EKS does.')];
  const { arn, status, takesEntries } = found;
  const [, partition, , , account] = arn.split(':');
  const entries = await Promise.all(
    clusterFunctionNames.map(async (fn): Promise<Finding> => {
      const what = `Cluster ${cluster} lets ${fn} in as ${groupOf(name, fn)}`;
      const groups = await aws.groupsOf(place, `arn:${partition}:iam::${account}:role/${name}-${fn}-${region}`);
      if (groups?.includes(groupOf(name, fn))) return ok(what);
      const detail = groups === null ? 'its role has no access entry' : `its groups are ${groups.join(', ') || 'none'}`;
      return missing(what, detail, 'npm run deploy makes the access entries; was one deleted by hand?');
    }),
  );
  return [
    check(there, status === 'ACTIVE' ? 'holds' : 'fails', `it is ${status}`, 'Wait until EKS has it active.'),
    check(
      `Cluster ${cluster} counts access entries`,
      takesEntries ? 'holds' : 'fails',
      'its authentication mode is CONFIG_MAP',
      `aws eks update-cluster-config --region ${place.region} --name ${cluster} --access-config authenticationMode=API_AND_CONFIG_MAP`,
    ),
    ...checkAddress(cluster, address, found),
    ...entries,
  ];
}

/** What sluice.yaml says of a cluster's address is what functions use: a wrong one costs a rescue the time of finding that out. */
function checkAddress(cluster: string, address: Address, found: InstalledCluster): readonly Finding[] {
  if (address === undefined) return [];
  const differs = [
    ...(address.endpoint === found.endpoint ? [] : [`endpoint is ${address.endpoint}, EKS has ${found.endpoint}`]),
    ...(address.certificateAuthority === found.certificateAuthority
      ? []
      : ['certificateAuthority is not the one that EKS has']),
  ];
  return [
    check(
      `Cluster ${cluster} is where sluice.yaml says`,
      differs.length === 0 ? 'holds' : 'fails',
      differs.map((one) => `clusters[].address.${one}`).join('; '),
      `aws eks describe-cluster --name ${cluster} has both; put them right or leave address out, and npm run deploy.`,
    ),
  ];
}

async function checkPaging(
  aws: InstallationOnAws,
  { home, name, region }: { home: () => ReturnType<InstallationOnAws['home']>; name: string; region: string },
): Promise<readonly Finding[]> {
  const what = 'Somebody is paged when Sluice needs help';
  // Sluice's own account is known by what is in it: its clusters may all be in others.
  const found = await home();
  if (found === null) return [unknown(what, `the account is not known: there is no function ${name}-act`)];
  const topic = `arn:${found.partition}:sns:${region}:${found.account}:${name}-page`;
  const subscribers = (await aws.subscribers(topic))?.length ?? null;
  return [
    check(
      what,
      subscribers ? 'holds' : 'fails',
      subscribers === null ? `there is no topic ${topic}` : `nobody has confirmed a subscription of ${topic}`,
      subscribers === null
        ? 'Is the installation called otherwise (--name)?'
        : `aws sns subscribe --topic-arn ${topic} --protocol https --notification-endpoint …`,
    ),
  ];
}

/** Whether a flood elsewhere leaves room for the way back, and one here leaves some for the rest of the account. */
async function checkConcurrency(aws: InstallationOnAws, name: string): Promise<readonly Finding[]> {
  const wantedOf = Object.entries(reservedConcurrency);
  const [unreserved, ...seen] = await Promise.all([
    aws.unreserved(),
    ...wantedOf.map(async ([fn]) => aws.reserved(`${name}-${fn}`)),
  ]);
  // All or none: single ones have been changed by hand.
  const isOff = seen.every((found) => found === null);
  const reserved = isOff
    ? [ok('Functions share what the account has: nothing is reserved for any (-c reserved=off)')]
    : wantedOf.map(([fn, wanted], index): Finding => {
        const what = `${fn} has room for ${wanted} at once`;
        const found = seen[index];
        if (found === wanted) return ok(what);
        if (found === 'absent') return missing(what, `there is no function ${name}-${fn}`, 'npm run deploy makes it.');
        const detail = found === null ? 'nothing is reserved for it' : `${found} are reserved for it`;
        const fix = `aws lambda put-function-concurrency --function-name ${name}-${fn} --reserved-concurrent-executions ${wanted}`;
        return missing(what, detail, fix);
      });
  const left = 'The account keeps room for functions that reserve nothing';
  if (isOff) return reserved;
  return [
    ...reserved,
    check(
      left,
      unreserved >= unreservedAtLeast ? 'holds' : 'fails',
      `only ${unreserved} may run at once, and release, operation, observe, act and notify share them with everything else`,
      'Ask for more concurrent executions of Lambda (Service Quotas, L-B99A9384).',
    ),
  ];
}

/**
 * AWS's list price in US East (N. Virginia), US dollars a month of 730 hours, for each availability zone; traffic comes on top. Not confirmed: no
 * copy of that page could be had.
 *
 * @see https://aws.amazon.com/privatelink/pricing/
 */
export const endpointMonth = 0.01 * 730;

/** What the functions in a VPC need there, and what that costs: whether it is there, their subnets say and nobody here. */
async function describeNetwork(
  aws: InstallationOnAws,
  configuration: Configuration,
  name: string,
): Promise<readonly Finding[]> {
  const network = await aws.network(`${name}-act`);
  // That the function is missing is told where its room is looked for.
  if (network === 'absent') return [];
  if (network === null)
    return [ok('Functions reach AWS, clusters and metrics by public addresses: they are in no VPC')];
  const { vpc, subnets } = network;
  const endpoints = interfaceEndpoints(configuration);
  const cost = (endpoints.length * subnets.length * endpointMonth).toFixed(2);
  return [
    ok(
      `Functions are in ${vpc}. Unless it has a NAT gateway, it needs ${endpoints.length} interface endpoints: ${endpoints.join(', ')} (about $${cost} a month in ${subnets.length} subnets, US list price)`,
    ),
  ];
}
