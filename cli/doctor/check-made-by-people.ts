import type { InstallationOnAws } from '../../adapters/installation/installation-on-aws.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { metricSourcesOf } from '../../contracts/configuration/service.ts';
import { check, type Finding, looked, missing } from './finding.ts';

/** What sluice.yaml names and people make themselves in AWS: the topics of alerts, and secrets. `url` is where Sluice answers. */
export async function checkMadeByPeople(
  aws: InstallationOnAws,
  configuration: Configuration,
  url: string,
): Promise<readonly Finding[]> {
  const found = await Promise.all([
    ...configuration.alerts.topics.map((topic) => looked(`Alerts of ${topic}`, () => checkTopic(aws, topic, url))),
    ...namedSecrets(configuration).map(({ secret, path }) =>
      looked(`The secret of ${path}`, () => checkSecret(aws, secret, path)),
    ),
  ]);
  return found.flat();
}

/** Whether what is published to a topic of `alerts.topics` comes to Sluice, and in a form that it believes. */
async function checkTopic(aws: InstallationOnAws, topic: string, url: string): Promise<readonly Finding[]> {
  const address = `${url}/webhooks/sns`;
  const [subscribers, version] = await Promise.all([aws.subscribers(topic), aws.signatureVersion(topic)]);
  const what = `Alerts of ${topic} come to Sluice`;
  if (subscribers === null || version === null)
    return [missing(what, 'there is no such topic', 'Correct alerts.topics.')];
  return [
    check(
      what,
      subscribers.includes(address) ? 'holds' : 'fails',
      `no confirmed subscription of it goes to ${address}`,
      `aws sns subscribe --topic-arn ${topic} --protocol https --notification-endpoint ${address}`,
    ),
    check(
      `Messages of ${topic} have signatures that Sluice takes`,
      version === '2' ? 'holds' : 'fails',
      `they have signature version ${version}, not 2`,
      `aws sns set-topic-attributes --topic-arn ${topic} --attribute-name SignatureVersion --attribute-value 2`,
    ),
  ];
}

/** The secrets that people store themselves, each with its path in sluice.yaml. */
const namedSecrets = ({ services }: Configuration): { secret: string; path: string }[] => {
  const named = services.flatMap((service, at) => {
    const { secret } = service.notify.page;
    const of = `services[${at}]`;
    return [
      ...(secret === null || secret === undefined ? [] : [{ secret, path: `${of}.notify.page.secret` }]),
      ...metricSourcesOf(service).flatMap((source) =>
        source.kind === 'cloudwatch' || source.auth === undefined || source.auth.kind === 'sigv4'
          ? []
          : [{ secret: source.auth.secret, path: `${of}.objectives, a source's auth.${source.auth.kind}` }],
      ),
    ];
  });
  return named.filter((one, at) => named.findIndex(({ secret }) => secret === one.secret) === at);
};

async function checkSecret(aws: InstallationOnAws, secret: string, path: string): Promise<readonly Finding[]> {
  const found = await aws.secret(secret);
  return [
    check(
      `The secret ${secret} is there (${path})`,
      found === 'there' ? 'holds' : 'fails',
      found === 'deleted'
        ? 'it is going to be deleted, and nobody can read it'
        : 'Secrets Manager has none of this name',
      found === 'deleted'
        ? `aws secretsmanager restore-secret --secret-id ${secret}`
        : `aws secretsmanager create-secret --name ${secret} --secret-string file://FILE`,
    ),
  ];
}
