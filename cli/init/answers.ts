import { githubCom } from '../../contracts/configuration/github.ts';

/** One thing that `sluice init` has to know. */
export interface Question {
  /** The option's name and the answer's: `deploy-repository`. */
  readonly name: string;
  readonly placeholder: string;
  readonly text: string;
  /** What is meant when nothing is said; null where somebody has to say. */
  readonly usual: (known: Answers) => string | null;
}

/** What was said, by the question's name. */
export type Answers = Readonly<Record<string, string>>;

const always = (value: string | null) => () => value;

/** In the order in which they are asked. */
export const questions: readonly Question[] = [
  { name: 'name', placeholder: 'name', text: 'What the service is called', usual: always(null) },
  {
    name: 'repository',
    placeholder: 'owner/name',
    text: 'Its repository on GitHub',
    usual: always(null),
  },
  {
    name: 'deploy-repository',
    placeholder: 'owner/name',
    text: 'The repository with its chart, one branch for each environment',
    usual: ({ repository }) => (repository === undefined ? null : `${repository}-deploy`),
  },
  {
    name: 'image',
    placeholder: 'repository',
    text: 'Where its images are, without tag or digest: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME',
    usual: always(null),
  },
  {
    name: 'versions',
    placeholder: 'scheme',
    text: 'How its versions are written: semver (v2.1.0), calendar (2026.11.29.1) or any (the commit)',
    usual: always('semver'),
  },
  { name: 'port', placeholder: 'number', text: 'The port on which it listens', usual: always('8080') },
  {
    name: 'health',
    placeholder: 'path',
    text: 'A path that answers 200 when the service is healthy',
    usual: always('/health'),
  },
  { name: 'host', placeholder: 'host', text: 'The host name by which it is reached', usual: always(null) },
  { name: 'cluster', placeholder: 'name', text: 'Its EKS cluster', usual: always('production') },
  { name: 'region', placeholder: 'region', text: 'The region of the cluster', usual: always('us-east-1') },
  {
    name: 'prometheus',
    placeholder: 'address',
    text: 'The Prometheus that scrapes Istio’s metrics',
    usual: always(null),
  },
  {
    name: 'sluice',
    placeholder: 'address',
    text: 'Where Sluice will be: the address in mails',
    usual: always(null),
  },
  { name: 'mail-from', placeholder: 'mail', text: 'Who sends its mails', usual: always(null) },
  {
    name: 'approvers',
    placeholder: 'people',
    text: 'Who approves releases, as MAIL=GITHUB-LOGIN with commas between; nobody approves their own work',
    usual: always(null),
  },
  {
    name: 'page',
    placeholder: 'address',
    text: 'Who is paged: the ARN of an SNS topic, or the https address of a webhook',
    usual: always(null),
  },
  {
    name: 'github',
    placeholder: 'address',
    text: 'The address of GitHub, or of your GitHub Enterprise Server',
    usual: always(githubCom),
  },
];

/** Where GitHub is, without a slash at its end. */
export const githubOf = ({ github = githubCom }: Answers): string => github.replace(/\/+$/, '');

export const isEnterprise = (answers: Answers): boolean => githubOf(answers) !== githubCom;

/** `deployRepository`: as commander calls the option. */
export const optionKey = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
