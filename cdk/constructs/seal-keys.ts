import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type SealName, sealWriters } from '../../contracts/sealing.ts';
import type { Installation } from '../installation.ts';
import type { Use } from '../use.ts';
import { roleNameOf } from './sluice-function.ts';

const variables: Readonly<Record<SealName, string>> = {
  decisions: 'SLUICE_DECISION_KEY',
  audit: 'SLUICE_AUDIT_KEY',
};

/**
 * The keys by which decisions and audit entries are sealed (docs/adr/0040). Their material never leaves KMS. The policy of each refuses GenerateMac
 * to everybody but the functions that write such records: a role with every right in the account makes none either, unless it changes the policy
 * first, which CloudTrail has.
 */
export class SealKeys extends Construct {
  readonly #keys: Readonly<Record<SealName, Key>>;

  constructor(scope: Construct, id: string, props: { readonly installation: Installation }) {
    super(scope, id);
    const { installation } = props;
    const { account, partition } = Stack.of(this);
    const create = (name: SealName, description: string): Key => {
      const key = new Key(this, name, {
        alias: `alias/${installation.name}-${name}`,
        description,
        keySpec: KeySpec.HMAC_256,
        keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
        // Without the key, nothing that it sealed could be proven again.
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      });
      key.addToResourcePolicy(
        new PolicyStatement({
          sid: 'OnlyItsWritersSeal',
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions: ['kms:GenerateMac'],
          resources: ['*'],
          conditions: {
            ArnNotEquals: {
              'aws:PrincipalArn': sealWriters[name].map(
                (writer) => `arn:${partition}:iam::${account}:role/${roleNameOf(installation, writer)}`,
              ),
            },
          },
        }),
      );
      return key;
    };
    this.#keys = {
      decisions: create('decisions', 'Seals the decisions of approvers.'),
      audit: create('audit', 'Seals the entries of audits.'),
    };
  }

  get arns(): readonly string[] {
    return Object.values(this.#keys).map(({ keyArn }) => keyArn);
  }

  /** Writes such records. */
  seals(name: SealName): Use {
    return this.#use(name, 'GenerateMac');
  }

  /** Believes such records. */
  verifies(name: SealName): Use {
    return this.#use(name, 'VerifyMac');
  }

  #use(name: SealName, ...actions: readonly ('GenerateMac' | 'VerifyMac')[]): Use {
    const { keyArn } = this.#keys[name];
    return {
      variables: { [variables[name]]: keyArn },
      statements: [new PolicyStatement({ actions: actions.map((action) => `kms:${action}`), resources: [keyArn] })],
    };
  }
}
