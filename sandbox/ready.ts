import { readFile, rename, writeFile } from 'node:fs/promises';

/** Where everything is (DESIGN §7, the ready file). */
export interface Ready {
  readonly console: string;
  /** Mail address of whoever started it: for whom the command line takes you. */
  readonly operator: string;
  /** Opens the console signed in, as the operator. A secret. */
  readonly signIn: string;
  readonly githubWebhook: string;
  readonly alertmanagerWebhook: string;
  readonly mail: string;
  readonly traffic: string;
  /** The `Host` by which the traffic port knows the demo service. */
  readonly host: string;
  /** The same of every service, by its name. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly kubeconfig: string;
  readonly github: string;
  /** The router's `/metrics` and `/statistics`. */
  readonly statistics: string;
  /** Where they are, with `--monitoring`. */
  readonly monitoring: Readonly<Record<'prometheus' | 'alertmanager', string>> | null;
  readonly endpoints: Readonly<
    Record<
      | 'stepfunctions'
      | 'lambda'
      | 'dynamodb'
      | 'ses'
      | 'eks'
      | 'ecr'
      | 'secretsmanager'
      | 'events'
      | 's3'
      | 'sns'
      | 'kms'
      | 'cloudwatch'
      | 'loadbalancing',
      string
    >
  >;
  /** What the AWS CLI and SDKs need besides an endpoint. */
  readonly aws: Readonly<Record<'region' | 'accessKeyId' | 'secretAccessKey', string>>;
  readonly secrets: Readonly<Record<'githubWebhook' | 'alertmanagerToken' | 'apiToken' | 'githubToken', string>>;
  readonly stateMachines: Readonly<Record<'deployment' | 'rollback' | 'traffic' | 'standby', string>>;
  readonly pid: number;
}

/** Writes the ready file at once and whole: whoever waits for it must not read half of it. It holds secrets. */
export async function writeReadyFile(file: string, ready: Ready): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(ready, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Where the console of the sandbox before this one was; null when there was none, or its file cannot be read. */
export async function readEarlierConsole(file: string): Promise<string | null> {
  try {
    const { console } = JSON.parse(await readFile(file, 'utf8'));
    return typeof console === 'string' ? console : null;
  } catch {
    return null;
  }
}
