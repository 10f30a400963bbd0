import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { AwsError } from './aws-error.ts';

/** What the role of a function may do with the table: by action the kinds of partitions, as in `dynamodb:LeadingKeys`, and whole indexes. */
const grantsSchema = z.record(
  z.string(),
  z.strictObject({ actions: z.record(z.string(), z.array(z.string())), indexes: z.array(z.string()) }),
);

export type TableGrants = Readonly<z.output<typeof grantsSchema>>;

/** The grants of the printed policies, as `cdk synth` prints them for the example: test/cdk/table-grants.test.ts holds the file against it. */
export const readTableGrants = (): TableGrants =>
  grantsSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'table-grants.json'), 'utf8')));

type Attributes = Readonly<Record<string, { readonly S?: string } | undefined>>;

/** The parts of a request that name its partition. */
interface TableRequest {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}

/**
 * Why IAM refuses a role this request, as DynamoDB words it; null where it is granted, and for roles that are no function's.
 *
 * @param action without its service: `PutItem`.
 */
export function refusedByGrants(grants: TableGrants, role: string, action: string, body: string): AwsError | null {
  const granted = grants[role];
  if (granted === undefined) return null;
  const request = parsed(body);
  const { IndexName } = request;
  const kinds = granted.actions[action] ?? [];
  const key = partitionOf(request);
  const allowed =
    IndexName === undefined
      ? key !== null && kinds.some((kind) => (kind.endsWith('*') ? key.startsWith(kind.slice(0, -1)) : key === kind))
      : action === 'Query' && granted.indexes.includes(IndexName);
  if (allowed) return null;
  const resource = `table/${request.TableName}${IndexName === undefined ? '' : `/index/${IndexName}`}`;
  // AWS does not name the partition, which is what whoever reads this wants to know.
  const message = `User: arn:aws:sts::000000000000:assumed-role/sluice-${role}/sandbox is not authorized to perform: dynamodb:${action} on resource: ${resource} (${key ?? 'no partition'}) because no identity-based policy allows the dynamodb:${action} action`;
  return new AwsError('AccessDeniedException', message, 400);
}

/** What is no JSON has no partition either; the table itself says what is wrong with it. */
function parsed(body: string): TableRequest {
  try {
    const request: unknown = JSON.parse(body);
    return typeof request === 'object' && request !== null ? request : {};
  } catch {
    return {};
  }
}

function partitionOf(request: TableRequest): string | null {
  const { Key, Item, KeyConditionExpression = '', ExpressionAttributeNames = {}, ExpressionAttributeValues } = request;
  const given = Key?.pk ?? Item?.pk;
  if (given !== undefined) return given.S ?? null;
  for (const [, name = '', value = ''] of KeyConditionExpression.matchAll(/(#?\w+) = (:\w+)/g)) {
    if ((ExpressionAttributeNames[name] ?? name) === 'pk') return ExpressionAttributeValues?.[value]?.S ?? null;
  }
  return null;
}
