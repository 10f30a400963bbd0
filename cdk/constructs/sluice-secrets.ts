import { ArnFormat, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { acknowledge, type Use } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';

/** The secrets: what each is, and the variable by which functions know its name. */
export const secrets = {
  githubWebhook: {
    name: 'github-webhook',
    variable: 'SLUICE_GITHUB_WEBHOOK_SECRET',
    description: 'With what GitHub signs its deliveries.',
  },
  alertmanagerToken: {
    name: 'alertmanager-token',
    variable: 'SLUICE_ALERTMANAGER_TOKEN_SECRET',
    description: 'The bearer token that Alertmanager presents.',
  },
  githubToken: {
    name: 'github-token',
    variable: 'SLUICE_GITHUB_TOKEN_SECRET',
    description:
      'The GitHub token that writes the branches of environments. Made by GitHub: replace the random first value (docs/runbooks/rotate-a-secret.md).',
  },
  githubReader: {
    name: 'github-reader-token',
    variable: 'SLUICE_GITHUB_READER_TOKEN_SECRET',
    description:
      'The GitHub token that reads what CI has built, and may write nothing. Made by GitHub: replace the random first value (docs/runbooks/rotate-a-secret.md).',
  },
  githubDeployments: {
    name: 'github-deployments-token',
    variable: 'SLUICE_GITHUB_DEPLOYMENTS_TOKEN_SECRET',
    description:
      'The GitHub token that lets GitHub show deployments, and may write nothing else. Made by GitHub: replace the random first value (docs/runbooks/rotate-a-secret.md).',
  },
} as const;
export type SecretName = keyof typeof secrets;

/** Whether GitHub shows the deployments of any service, for which it takes a token of its own. */
export const showsDeployments = ({ services }: Pick<Configuration, 'services'>): boolean =>
  services.some(({ approvals }) => approvals.environment !== null);

/** Secrets Manager keeps the value before as AWSPREVIOUS, and the functions accept both: two are valid at a time. */
export class SluiceSecrets extends Construct {
  readonly #name: string;
  readonly #secrets: ReadonlySet<SecretName>;
  readonly #key: EncryptionKey;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly name: string; readonly key: EncryptionKey; readonly configuration: Configuration },
  ) {
    super(scope, id);
    this.#name = props.name;
    this.#key = props.key;
    const shows = showsDeployments(props.configuration);
    // Object.keys of a constant with exactly these keys.
    const wanted = (Object.keys(secrets) as SecretName[]).filter((secret) => shows || secret !== 'githubDeployments');
    this.#secrets = new Set(wanted);
    for (const secret of wanted) this.#create(secret);
  }

  #create(secret: SecretName): void {
    const made = new Secret(this, secret, {
      secretName: this.#nameOf(secret),
      description: secrets[secret].description,
      encryptionKey: this.#key.key,
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(made, {
      id: 'AwsSolutions-SMG4',
      reason:
        'The other side (GitHub, Alertmanager) has to learn a new value as well, so a person rotates, with two values valid meanwhile: docs/runbooks/rotate-a-secret.md.',
    });
    new CfnOutput(this, `${secret}Name`, { value: this.#nameOf(secret), description: secrets[secret].description });
  }

  #nameOf(secret: SecretName): string {
    return `${this.#name}/${secrets[secret].name}`;
  }

  /** Reads one secret, by its name: one that was deleted and made anew is found as well. */
  readBy(secret: SecretName): Use {
    if (!this.#secrets.has(secret)) throw new Error(`There is no secret ${secret}.`);
    const arn = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      // Secrets Manager ends the name of a secret's ARN with six characters of its own.
      resourceName: `${this.#nameOf(secret)}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return {
      variables: { [secrets[secret].variable]: this.#nameOf(secret) },
      statements: [
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [arn] }),
        ...(this.#key.through('secretsmanager', 'Decrypt').statements ?? []),
      ],
    };
  }
}
