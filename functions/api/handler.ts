import { behindTheDoor } from '../../contracts/api/doors.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import type { GatewayEvent, HttpHandler } from '../http/http-handler.ts';
import { afterReadingAhead } from '../runtime/after-reading-ahead.ts';

/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler: HttpHandler = afterReadingAhead({
  within: seconds(3),
  routesOf: (event, configuration) => shownServices(event, configuration),
  async load(clientOf) {
    const [{ handleEvents }, { createDeps }] = await Promise.all([import('./handle-events.ts'), import('./deps.ts')]);
    return handleEvents(createDeps(process.env, clientOf));
  },
});

/** The services that a reading request shows. API Gateway has let its caller in already. */
function shownServices(event: GatewayEvent, { services }: Configuration): readonly ServiceConfiguration[] {
  if (!('rawPath' in event) || event.requestContext.http.method !== 'GET') return [];
  const path = behindTheDoor(event.rawPath);
  if (path === '/api/services') return services;
  if (path === '/api/overview') {
    const wanted = event.queryStringParameters?.service ?? services[0]?.name;
    return services.filter(({ name }) => name === wanted);
  }
  return services.filter(({ name }) => path === `/api/services/${name}`);
}
