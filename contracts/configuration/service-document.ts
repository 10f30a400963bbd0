import * as z from 'zod';
import { hours, parseDuration } from '../duration.ts';
import { durationSchema, positiveDurationSchema } from '../duration-schema.ts';
import { meshContainers } from '../mesh-containers.ts';
import { nameKey } from '../name-key.ts';
import { versionSchemes } from '../version.ts';
import { approvalsSchema } from './approvals.ts';
import { autoscalerSchema } from './autoscaler.ts';
import { contactsSchema } from './contacts.ts';
import { githubAddresses, githubCom, githubServer } from './github.ts';
import { healthSchema } from './health.ts';
import { objectivesSchema } from './objectives.ts';
import { postDeploymentSchema } from './post-deployment.ts';
import {
  branch,
  label,
  mail,
  names,
  objectName,
  publicUrl,
  repository,
  secretName,
  serviceName,
  text,
  timeZone,
  uniqueBy,
  url,
  workflowFile,
} from './primitives.ts';
import { retentionSchema } from './retention.ts';
import { urlTemplate } from './template.ts';
import { trafficSchema } from './traffic.ts';
import { triggerSchema } from './trigger.ts';
import { validationSchema } from './validation.ts';
import { windowSchema } from './windows.ts';

const environmentSchema = (name: 'blue' | 'green') =>
  z.strictObject({
    namespace: label,
    /**
     * With `mode: observe`: the Kubernetes Service to which the route sends this side's share, such as `shop-canary`. The service's name unless written.
     */
    backend: objectName.optional(),
    /** The Argo CD Application. */
    application: objectName,
    /** The branch of the deploy repository that only Sluice writes, and to whose commits the Application is pinned. */
    branch: branch.default(`env/${name}`),
    /** Address of this environment alone, whatever the weights are. */
    preview: url,
    database: text.nullable().default(null),
  });

const replicasSchema = z.strictObject({
  /** `minReplicas` of an environment at rest with all the traffic. */
  min: z.int().min(1),
  max: z.int().min(1),
  /** Fewest replicas with which an environment may receive any traffic; `min` unless written. */
  minAvailable: z.int().min(1).optional(),
});

/** `automatic-rollback`: the traffic went back without a person's word, and the way back is over. */
const pageableEvents = ['automatic-rollback'] as const;

/** How a page is written: PagerDuty's Events API v2, Opsgenie's Alert API v2, an incoming webhook of Slack, or Sluice's own `{subject, text, key}`. */
export const pageFormats = ['generic', 'pagerduty', 'opsgenie', 'slack'] as const;

/** The formats whose receiver has one address for everybody, and knows a team by its key. */
const keyed: Readonly<
  Partial<Record<(typeof pageFormats)[number], { readonly webhook: string; readonly key: string }>>
> = {
  pagerduty: { webhook: 'https://events.pagerduty.com/v2/enqueue', key: 'integration key' },
  opsgenie: { webhook: 'https://api.opsgenie.com/v2/alerts', key: 'API key of the integration' },
};

const pageSchema = z
  .strictObject({
    sns: z
      .string()
      .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/, 'must be the ARN of an SNS topic')
      .refine((arn) => !arn.endsWith('.fifo'), 'must not be a FIFO topic: alarms of CloudWatch cannot publish to one')
      .optional(),
    /** The KMS key with which that topic is encrypted, where it is not the installation's own topic: publishing takes the right to it. */
    key: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
        'must be the ARN of a KMS key (not of an alias)',
      )
      .optional(),
    webhook: url.optional(),
    format: z.enum(pageFormats).default('generic'),
    /**
     * A secret of Secrets Manager, by its name: the integration key for `pagerduty`, the integration's API key for `opsgenie`, the whole address for
     * `slack`, and for `generic` the key with which pages are signed.
     */
    secret: secretName.optional(),
    /** What is worth a page besides a freeze and a question to a person, which always are. */
    on: z.array(z.enum(pageableEvents)).readonly().default([]),
  })
  .superRefine(({ sns, key, webhook, format, secret }, context) => {
    const problem = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', path, message });
    if (
      sns === undefined &&
      webhook === undefined &&
      (format === 'generic' || (format === 'slack' && secret === undefined))
    ) {
      problem('must have sns or webhook: mail is not paging');
    }
    if (key !== undefined && sns === undefined) problem('is the key of a topic, and there is no sns', 'key');
    if (key?.startsWith('arn:') && sns !== undefined && key.split(':')[3] !== sns.split(':')[3]) {
      problem('must be a key of the region of sns: a topic is encrypted by no other', 'key');
    }
    const needed = keyed[format]?.key;
    if (needed !== undefined && secret === undefined) problem(`must name the secret with the ${needed}`, 'secret');
    if (needed !== undefined && webhook !== undefined && !publicUrl.safeParse(webhook).success) {
      problem(`must be https: the ${needed} would be sent in clear text`, 'webhook');
    }
    if (format === 'slack' && webhook !== undefined && secret !== undefined) {
      problem('must not be set together with secret, which has the address', 'webhook');
    }
    if (format === 'generic' && secret !== undefined && webhook === undefined) {
      problem('signs what is sent to a webhook, and there is none', 'secret');
    }
  })
  .transform((page) => {
    const webhook = page.webhook ?? keyed[page.format]?.webhook;
    return webhook === undefined ? page : { ...page, webhook };
  });

const deadlinesSchema = z.strictObject({
  /** For Argo CD to have the commit synced and the Deployment rolled out. */
  sync: positiveDurationSchema.default(parseDuration('10m')),
  /** For Argo CD to be able to compare again after a ComparisonError, as while its repository server restarts. */
  comparison: positiveDurationSchema.default(parseDuration('2m')),
  /** For the replicas that the next weight needs. */
  capacity: positiveDurationSchema.default(parseDuration('10m')),
  /** Waiting for another operation to end. */
  lock: positiveDurationSchema.default(parseDuration('12h')),
  /** Waiting for a window to open. */
  window: positiveDurationSchema.default(parseDuration('7d')),
  /** A split of the traffic by hand, after which everything goes back; a request may ask for less, not for more. */
  switch: positiveDurationSchema.default(parseDuration('1h')),
  /** A pause in the middle of a shift, in which a person is to decide. */
  pause: positiveDurationSchema.default(parseDuration('1h')),
  /** A rollback, from its start to the verified return. */
  rollback: positiveDurationSchema.default(parseDuration('15m')),
  /** With `mode: observe`: from the finished CI run until another pipeline has brought the release to all the traffic, or taken it back. */
  observation: positiveDurationSchema.default(parseDuration('12h')),
  /** The whole operation; the sum of its waits unless written. */
  operation: positiveDurationSchema.optional(),
});

/** A service as it is written, each field for itself; service.ts adds what concerns several fields. */
export const serviceDocumentSchema = z.strictObject({
  name: serviceName,
  repository,
  /**
   * `deploy`: Sluice carries releases in. `observe`: another pipeline does, and Sluice changes nothing: it judges beside that pipeline, and
   * reports what it would have done and when.
   */
  mode: z.enum(['deploy', 'observe']).default('deploy'),
  trigger: triggerSchema,
  /**
   * How its versions are written: `semver` (v2.1.0), `calendar` (2026.11.29, 2026.11.29.1) or `any`, as the id of a commit. Which of two is newer is asked
   * of Git, whatever they are; only of semantic ones is it known what is major.
   */
  versions: z.enum(versionSchemes).default('semver'),
  /** Which jobs of GitHub Actions may start deployments and rollbacks of this service, and look at it; null: none. */
  jobs: z
    .strictObject({
      /** `gh api repos/OWNER/NAME --jq .id`. A name can be given away and registered anew, an id cannot. */
      repositoryId: z.int().positive(),
      /** The workflow files, on the branch that deployments come from. */
      workflows: z
        .array(workflowFile)
        .min(1, 'must name at least one workflow file')
        .superRefine(uniqueBy((file) => file, 'workflow')),
    })
    .nullable()
    .default(null),
  /** Name of the EKS cluster. */
  cluster: text,
  gitops: z.strictObject({
    repository,
    path: z
      .string()
      .regex(/^(?!\/)(?!.*\.\.)\S+[^/\s]$/, 'must be a folder')
      .default('chart'),
  }),
  environments: z.strictObject({ blue: environmentSchema('blue'), green: environmentSchema('green') }),
  data: z.enum(['stateless', 'shared', 'replicated', 'separate']).default('stateless'),
  replicas: replicasSchema,
  autoscaler: autoscalerSchema.prefault({ kind: 'HPA' }),
  /** Containers that admission adds to pods and that stand in no template, by name. Every other one has to be in the approved template. */
  injectedContainers: z.array(label).readonly().default(meshContainers),
  /** Field managers besides Argo CD that may set fields of the pod template (`kubectl get deployment --show-managed-fields`): operators that do. */
  templateManagers: z.array(text).readonly().default([]),
  traffic: trafficSchema,
  health: healthSchema,
  objectives: objectivesSchema,
  alerts: z
    .strictObject({
      severities: z.array(text).min(1).default(['critical']),
      /** How long after its deployment an alert about the active environment still rolls back. */
      rollbackWithin: positiveDurationSchema.default(parseDuration('1h')),
      /** Alertmanager's `repeat_interval`: what it neither repeats nor resolves for that long does not fire any more. */
      repeatInterval: positiveDurationSchema.default(parseDuration('4h')),
    })
    .prefault({}),
  validation: validationSchema.prefault({}),
  approvals: approvalsSchema,
  windows: z.array(windowSchema).default([]),
  /** What becomes of a deployment that finds its windows closed: it waits for `deadlines.window`, or it ends at once. */
  outsideWindows: z.enum(['wait', 'refuse']).default('wait'),
  standby: z
    .strictObject({
      /** How long the former origin keeps its capacity (I8). */
      keepWarm: positiveDurationSchema.default(parseDuration('2h')),
      /** How long the target of a deployment that a person aborted keeps its capacity, which the next try finds; its release is taken out at once (docs/adr/0085). */
      afterAbort: durationSchema.default(parseDuration('0s')),
      /** Replicas of the standby afterwards. */
      // biome-ignore lint/suspicious/noThenProperty: the word of sluice.yaml; a number, so nothing can await it
      then: z.int().min(1).default(1),
    })
    .prefault({}),
  /** How long all the traffic is judged before the deployment counts as done. */
  bake: positiveDurationSchema.default(parseDuration('10m')),
  postDeployment: postDeploymentSchema.prefault({}),
  notify: z.strictObject({
    deployments: z.array(mail).default([]),
    page: pageSchema,
    /** Besides those of the installation, or instead of those with the same name. */
    links: z.record(z.string(), urlTemplate).default({}),
    /** Instead of the installation's; null: those. */
    contacts: contactsSchema.nullable().default(null),
  }),
  deadlines: deadlinesSchema.prefault({}),
});

export type ServiceDocument = z.output<typeof serviceDocumentSchema>;

const day = hours(24);

const noAccount = 'must be an AWS account, 12 digits in quotes';

const trustRoot = z
  .string()
  .regex(
    /^(?:public-good|(?!\/)(?!.*\.\.)\S+\.jsonl?)$/,
    'must be public-good, or a .json or .jsonl file next to this one',
  );

/** Top-level fields. */
export const installationSchemas = {
  /** Whom to call about any service that has no contacts of its own. */
  contacts: contactsSchema.default([]),
  /** Where to look about any service: dashboards, logs, Argo CD, runbooks. */
  links: z.record(z.string(), urlTemplate).default({}),
  github: z
    .strictObject({
      /** `https://github.com`, or the address of your GitHub Enterprise Server, such as `https://github.example.com`. */
      server: githubServer.default(githubCom),
      /** Base of the REST API; that of `server` unless written. */
      apiUrl: publicUrl.optional(),
    })
    .transform(githubAddresses)
    .prefault({}),
  /** Whose signatures count: `public-good` is Sigstore's own root as it was built in, anything else a `trusted_root.json` beside this file. */
  attestations: z
    .strictObject({
      trustRoots: z
        .array(trustRoot)
        .min(1, 'must name at least one trust root')
        .default(['public-good'])
        .superRefine(uniqueBy((root) => root, 'trust root')),
    })
    .prefault({}),
  /** Topics of SNS whose messages count as alerts, beside Alertmanager's webhook: of CloudWatch alarms, or of Amazon's own Alertmanager. */
  alerts: z
    .strictObject({
      topics: z
        .array(
          z
            .string()
            .regex(
              /^arn:aws[a-z-]*:sns:[a-z]{2}(-[a-z]+)+-\d:\d{12}:[A-Za-z0-9_-]+$/,
              'must be the ARN of an SNS topic (a FIFO topic cannot send to an address)',
            ),
        )
        .readonly()
        .default([])
        .superRefine(uniqueBy((topic) => topic, 'topic')),
    })
    .prefault({}),
  argocd: z
    .strictObject({
      namespace: label.default('argocd'),
      /** The cluster whose Argo CD delivers to all the others, of `clusters`; null: each cluster has an Argo CD of its own. */
      cluster: text.nullable().default(null),
    })
    .prefault({}),
  mail: z.strictObject({
    from: mail,
    /**
     * An identity that SES has already: the domain of `from`, one that it is below, or the address itself. It is used and stays what it is. null: the
     * installation makes one of the domain.
     */
    identity: z.string().transform(nameKey).nullable().default(null),
  }),
  /** Public addresses for links in mails: that of Sluice's API (a host, since it serves nothing below a path), and the console's, unless it is beside it. */
  urls: z
    .strictObject({
      approvals: publicUrl.refine(
        (address) => new URL(address).href === `${new URL(address).origin}/`,
        'must be a host without a path, as https://sluice.example.com: Sluice answers at /approvals and /webhooks there',
      ),
      console: publicUrl.optional(),
    })
    .transform(({ approvals, console }) => ({ approvals, console: console ?? new URL(approvals).origin })),
  audit: z
    .strictObject({
      /** Puts the head of each ended operation's audit into a bucket of S3 with Object Lock; null: nowhere. */
      anchor: z
        .strictObject({
          /** `compliance`: nobody can shorten it or delete before it is over; `governance`: who has a right of its own can. */
          mode: z.enum(['compliance', 'governance']).default('compliance'),
          /** How long an anchor stays, in whole days. */
          retention: positiveDurationSchema.refine(
            (retention) => retention % day === 0 && retention <= 3_650 * day,
            'must be whole days, at most 3650d: it cannot be undone',
          ),
        })
        .nullable()
        .default(null),
    })
    .prefault({}),
  /** How long what nothing is decided by is kept. */
  retention: retentionSchema.prefault({}),
  clusters: z.array(
    z.strictObject({
      name: text,
      region: z
        .string()
        .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
        .optional(),
      /** The AWS account that it is in, where that is not Sluice's own; its address has to be written down then. */
      account: z
        .string(noAccount)
        .regex(/^\d{12}$/, noAccount)
        .optional(),
      /**
       * What Applications call this cluster, `spec.destination.server` or `.name`: an address, an ARN or a name. Needed where the Argo CD of
       * another cluster delivers to it.
       */
      destination: text.optional(),
      /** As `aws eks describe-cluster` says it; without it a function asks EKS before it can ask the cluster. */
      address: z
        .strictObject({
          endpoint: z.url({ protocol: /^https$/ }),
          /** PEM, in base64. */
          certificateAuthority: z.base64().min(1),
        })
        .optional(),
    }),
  ),
  people: z.array(
    z.strictObject({
      /** Where links and reminders go, and by which the person stands in records. */
      mail,
      /** Other addresses, as commits have them. */
      mails: z.array(mail).default([]),
      /** GitHub logins. */
      github: names,
      /** Names under which the sign-in service knows the person; the mail address unless written. */
      signIn: names,
      /** By whose clock mails and approval pages give this person times, besides UTC. */
      timeZone: timeZone.optional(),
    }),
  ),
  /**
   * Who may do what, each by a mail address of `people`; null: everybody of `people` may do everything. What each may: `permissions.ts`.
   */
  roles: z
    .strictObject({
      viewer: z.array(mail).default([]),
      deployer: z.array(mail).default([]),
      admin: z.array(mail).min(1, 'must name at least one: nobody could lift a freeze'),
    })
    .nullable()
    .default(null),
};
