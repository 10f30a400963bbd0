import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AuditBucket } from '../constructs/audit-bucket.ts';
import { EncryptionKey } from '../constructs/encryption-key.ts';
import { SealKeys } from '../constructs/seal-keys.ts';
import { SluiceSecrets } from '../constructs/sluice-secrets.ts';
import { SluiceTable } from '../constructs/sluice-table.ts';
import { dataStackName, environmentIn, type Installation } from '../installation.ts';
import { applyDefaults } from './stack-defaults.ts';

/**
 * What cannot be made again: records, anchors of audits, secrets, and the keys without which none of them can be read or proven. A stack of its own, so
 * that nothing that happens to the application's stack happens to them (docs/adr/0072).
 */
export class DataStack extends Stack {
  readonly key: EncryptionKey;
  readonly seals: SealKeys;
  readonly table: SluiceTable;
  readonly secrets: SluiceSecrets;
  /** Null where no audit is anchored. */
  readonly audit: AuditBucket | null;

  constructor(scope: Construct, installation: Installation) {
    super(scope, dataStackName(installation), {
      description: 'Sluice: what cannot be made again. Records, keys, secrets, anchors of audits.',
      env: environmentIn(installation, installation.region),
      terminationProtection: installation.protection === 'on',
    });
    const { name, configuration } = installation;
    this.key = new EncryptionKey(this, 'Key', { name });
    this.seals = new SealKeys(this, 'Seals', { installation });
    this.table = new SluiceTable(this, 'Records', { installation, key: this.key });
    this.secrets = new SluiceSecrets(this, 'Secrets', { name, key: this.key, configuration });
    const { anchor } = configuration.audit;
    this.audit = anchor === null ? null : new AuditBucket(this, 'Audit', { name, key: this.key, anchor });
    // Written down here, not where they are used: an export that vanished with its last use could not be deployed before that use has gone.
    for (const value of [
      this.key.key.keyArn,
      ...this.seals.arns,
      this.table.table.tableName,
      this.table.table.tableArn,
    ]) {
      this.exportValue(value);
    }
    applyDefaults(this, installation);
  }
}
