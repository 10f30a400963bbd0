// A function that moves the traffic, as the README of @kubernetes/client-node shows it.
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import * as k8s from '@kubernetes/client-node';

const table = DynamoDBDocument.from(new DynamoDB());
const config = new k8s.KubeConfig();
config.loadFromOptions({
  clusters: [{ name: 'here', server: process.env.BENCH_CLUSTER, caData: process.env.BENCH_CLUSTER_CA }],
  users: [{ name: 'me', token: 'token' }],
  contexts: [{ name: 'here', cluster: 'here', user: 'me' }],
  currentContext: 'here',
});
const objects = config.makeApiClient(k8s.CustomObjectsApi);
const route = { group: 'networking.istio.io', version: 'v1', plural: 'virtualservices', namespace: 'production' };

export async function handler({ service }) {
  const { Item: lock } = await table.get({ TableName: 'sluice', Key: { pk: `LOCK#${service}`, sk: 'LOCK' } });
  const live = await objects.getNamespacedCustomObject({ ...route, name: service });
  const body = [{ op: 'replace', path: '/spec/http/0/route/0/weight', value: 100 }];
  await objects.patchNamespacedCustomObject({ ...route, name: service, body });
  await table.put({ TableName: 'sluice', Item: { ...lock, seen: live.metadata.resourceVersion } });
  return { outcome: 'returned' };
}
