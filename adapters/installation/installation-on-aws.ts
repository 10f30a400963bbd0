import { DescribeAccessEntryCommand, DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  GetAccountCommand,
  GetEmailIdentityCommand,
  ListSuppressedDestinationsCommand,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { seconds } from '../../contracts/duration.ts';
import { DependencyRefused } from '../../contracts/errors.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';

/** Whether mail leaves. */
export interface MailReadiness {
  /** Of the sender's identity; null: SES knows no such identity. */
  readonly verified: boolean | null;
  /** Whether mail is signed (DKIM; that of an address by its domain), in SES's word: `SUCCESS`, `PENDING`, `FAILED`, `TEMPORARY_FAILURE`, `NOT_STARTED`. */
  readonly dkim: string;
  /** Outside of SES's sandbox, in which only verified addresses receive mail. */
  readonly toEverybody: boolean;
  /** False when AWS has paused the account's sending. */
  readonly sending: boolean;
  /** `HEALTHY`; `PROBATION` and `SHUTDOWN` because of bounces and complaints. */
  readonly enforcement: string;
  /** Addresses to which SES sends nothing any more, since they bounced or complained; of those that were asked for. */
  readonly suppressed: readonly string[];
}

/** A cluster as EKS has it. */
export interface InstalledCluster {
  readonly arn: string;
  readonly endpoint: string;
  /** Base64 of PEM. */
  readonly certificateAuthority: string;
  /** Like `ACTIVE`. */
  readonly status: string;
  /** Whether access entries count. */
  readonly takesEntries: boolean;
}

/** Which cluster, and where. */
export interface ClusterPlace {
  readonly name: string;
  readonly region: string;
}

/** Reads only. Errors: DependencyUnavailable, DependencyRefused. */
export interface InstallationOnAws {
  mail(identity: string, recipients: readonly string[]): Promise<MailReadiness>;
  /** Whether SES has verified an identity: an address or a domain. */
  isVerified(identity: string): Promise<boolean>;
  /** Null when there is no such cluster in this account and that region. */
  cluster(at: ClusterPlace): Promise<InstalledCluster | null>;
  /** The Kubernetes groups as which a role enters a cluster; null when it does not enter at all. */
  groupsOf(cluster: ClusterPlace, roleArn: string): Promise<readonly string[] | null>;
  /** Where a topic sends its messages, as it was confirmed there; null when there is no such topic. */
  subscribers(topicArn: string): Promise<readonly string[] | null>;
  /** The version of the signatures of a topic's messages, `1` unless it was set; null when there is no such topic. */
  signatureVersion(topicArn: string): Promise<string | null>;
  /** Whether a secret is there, by its name; `deleted`: it is going to be, and has no value any more. */
  secret(name: string): Promise<'there' | 'deleted' | 'absent'>;
  /** How many of a function may run at once, as it was reserved: null for nothing; `absent` when there is no such function. */
  reserved(functionName: string): Promise<number | null | 'absent'>;
  /** The VPC that a function is in, and its subnets there; null when it is in none, `absent` when there is no such function. */
  network(
    functionName: string,
  ): Promise<{ readonly vpc: string; readonly subnets: readonly string[] } | null | 'absent'>;
  /** The account that a function is in, and its partition of AWS; null when there is no such function. */
  home(functionName: string): Promise<{ readonly partition: string; readonly account: string } | null>;
  /** How many functions of the account may run at once that have nothing reserved. */
  unreserved(): Promise<number>;
}

export function openInstallationOnAws(options: AwsOptions): InstallationOnAws {
  const config = awsClientConfig(options);
  const [ses, secrets, lambda] = [new SESv2Client(config), new SecretsManagerClient(config), new LambdaClient(config)];
  // A topic for alerts may be in another region.
  const snsOf = (topicArn: string) => new SNSClient({ ...config, region: topicArn.split(':')[3] ?? options.region });
  const eksIn = (region: string) => new EKSClient({ ...config, region });
  const read = <T>(dependency: string, attempted: string, work: (signal: AbortSignal) => Promise<T>) =>
    callAws({ dependency, attempted, retry: 'safe', within: options.within ?? seconds(10) }, work);
  const orAbsent = async <T>(work: Promise<T>, ...names: readonly string[]): Promise<T | null> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof DependencyRefused && isAwsError(error.cause, ...names)) return null;
      throw error;
    }
  };

  const functionOf = (FunctionName: string) =>
    orAbsent(
      read('Lambda', `GetFunctionConfiguration ${FunctionName}`, (abortSignal) =>
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName }), { abortSignal }),
      ),
      'ResourceNotFoundException',
    );
  const identityOf = (EmailIdentity: string) =>
    orAbsent(
      read('SES', `GetEmailIdentity ${EmailIdentity}`, (abortSignal) =>
        ses.send(new GetEmailIdentityCommand({ EmailIdentity }), { abortSignal }),
      ),
      'NotFoundException',
    );
  const suppressedAmong = async (addresses: ReadonlySet<string>): Promise<string[]> => {
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const listed = { PageSize: 1_000, ...(NextToken === undefined ? {} : { NextToken }) };
      const page = await read('SES', 'ListSuppressedDestinations', (abortSignal) =>
        ses.send(new ListSuppressedDestinationsCommand(listed), { abortSignal }),
      );
      for (const { EmailAddress } of page.SuppressedDestinationSummaries ?? []) {
        if (EmailAddress !== undefined && addresses.has(EmailAddress.toLowerCase())) found.push(EmailAddress);
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  };

  return {
    async mail(identity, recipients) {
      const [, domain] = identity.split('@');
      const [found, signing, account, suppressed] = await Promise.all([
        identityOf(identity),
        domain === undefined ? null : identityOf(domain),
        read('SES', 'GetAccount', (abortSignal) => ses.send(new GetAccountCommand({}), { abortSignal })),
        suppressedAmong(new Set(recipients)),
      ]);
      return {
        verified: found === null ? null : found.VerifiedForSendingStatus === true,
        dkim: (domain === undefined ? found : signing)?.DkimAttributes?.Status ?? 'NOT_STARTED',
        toEverybody: account.ProductionAccessEnabled === true,
        sending: account.SendingEnabled === true,
        enforcement: account.EnforcementStatus ?? 'HEALTHY',
        suppressed,
      };
    },
    isVerified: async (identity) => (await identityOf(identity))?.VerifiedForSendingStatus === true,
    async cluster({ name, region }) {
      const described = read('EKS', `DescribeCluster ${name}`, (abortSignal) =>
        eksIn(region).send(new DescribeClusterCommand({ name }), { abortSignal }),
      );
      const found = (await orAbsent(described, 'ResourceNotFoundException'))?.cluster;
      if (found === undefined) return null;
      const { arn = '', endpoint = '', status = 'unknown', accessConfig, certificateAuthority } = found;
      const takesEntries = /\bAPI/.test(accessConfig?.authenticationMode ?? '');
      return { arn, endpoint, certificateAuthority: certificateAuthority?.data ?? '', status, takesEntries };
    },
    async groupsOf({ name: clusterName, region }, principalArn) {
      const described = read('EKS', `DescribeAccessEntry ${clusterName} ${principalArn}`, (abortSignal) =>
        eksIn(region).send(new DescribeAccessEntryCommand({ clusterName, principalArn }), { abortSignal }),
      );
      const found = await orAbsent(described, 'ResourceNotFoundException');
      return found === null ? null : (found.accessEntry?.kubernetesGroups ?? []);
    },
    async subscribers(TopicArn) {
      const [sns, confirmed]: [SNSClient, string[]] = [snsOf(TopicArn), []];
      for (let NextToken: string | undefined, more = true; more; ) {
        const listed = read('SNS', `ListSubscriptionsByTopic ${TopicArn}`, (abortSignal) =>
          sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }), { abortSignal }),
        );
        const page = await orAbsent(listed, 'NotFoundException', 'NotFound');
        if (page === null) return null;
        // Until it is confirmed, a subscription has a word in place of its ARN.
        for (const { SubscriptionArn, Endpoint = '' } of page.Subscriptions ?? [])
          if (SubscriptionArn?.startsWith('arn:')) confirmed.push(Endpoint);
        NextToken = page.NextToken;
        more = NextToken !== undefined;
      }
      return confirmed;
    },
    async signatureVersion(TopicArn) {
      const asked = read('SNS', `GetTopicAttributes ${TopicArn}`, (abortSignal) =>
        snsOf(TopicArn).send(new GetTopicAttributesCommand({ TopicArn }), { abortSignal }),
      );
      const found = await orAbsent(asked, 'NotFoundException', 'NotFound');
      return found === null ? null : (found.Attributes?.SignatureVersion ?? '1');
    },
    async secret(SecretId) {
      const asked = read('Secrets Manager', `DescribeSecret ${SecretId}`, (abortSignal) =>
        secrets.send(new DescribeSecretCommand({ SecretId }), { abortSignal }),
      );
      const found = await orAbsent(asked, 'ResourceNotFoundException');
      if (found === null) return 'absent';
      return found.DeletedDate === undefined ? 'there' : 'deleted';
    },
    async reserved(FunctionName) {
      const asked = read('Lambda', `GetFunctionConcurrency ${FunctionName}`, (abortSignal) =>
        lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }), { abortSignal }),
      );
      const found = await orAbsent(asked, 'ResourceNotFoundException');
      return found === null ? 'absent' : (found.ReservedConcurrentExecutions ?? null);
    },
    async home(functionName) {
      const [, partition, , , account] = (await functionOf(functionName))?.FunctionArn?.split(':') ?? [];
      return partition === undefined || account === undefined ? null : { partition, account };
    },
    async network(functionName) {
      const found = await functionOf(functionName);
      if (found === null) return 'absent';
      // Outside of a VPC its id is left out, or empty.
      const { VpcId, SubnetIds = [] } = found.VpcConfig ?? {};
      return VpcId ? { vpc: VpcId, subnets: SubnetIds } : null;
    },
    async unreserved() {
      const { AccountLimit } = await read('Lambda', 'GetAccountSettings', (abortSignal) =>
        lambda.send(new GetAccountSettingsCommand({}), { abortSignal }),
      );
      return AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    },
  };
}
