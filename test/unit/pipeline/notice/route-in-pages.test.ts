import { expect, it } from 'vitest';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { withoutRecordsSteps } from '../../../../pipeline/notice/on-call-steps.ts';
import { restSteps } from '../../../../pipeline/rescue/rest-steps.ts';
import { createWorld } from '../support/world.ts';

it.each([
  ['istio', 'virtualservice'],
  ['gateway-api', 'httproute'],
  ['alb', 'ingress'],
] as const)('pages about a service whose router is %s print kubectl’s commands about its %s', async (router, kind) => {
  const { service: usual, store } = await createWorld();
  const service: ServiceConfiguration = { ...usual, traffic: { ...usual.traffic, router } };
  const lock = await store.locks.read(service.name);
  const side = { pods: null, application: null };
  const route = { weights: { blue: 100, green: 0 }, fence: null };
  const situation = { route: { ...route, resourceVersion: '1' }, lock, sides: { blue: side, green: side } };

  const commands = [
    ...withoutRecordsSteps(service).steps,
    // What a page reads of a route.
    ...restSteps(service, 'fence', { ...situation, argocd: 'argocd' } as unknown as Parameters<typeof restSteps>[2]),
  ]
    .map(({ command }) => command)
    .filter((command) => command.includes(` ${service.traffic.route.namespace} `));

  const object = `-n production ${kind} chest-xray-mlops`;
  expect(commands).toEqual([
    `kubectl get ${object} -o yaml`,
    `kubectl get ${object} -o yaml --show-managed-fields`,
    expect.stringContaining(`kubectl annotate --overwrite ${object} 'sluice.dev/fence=`),
  ]);
});
