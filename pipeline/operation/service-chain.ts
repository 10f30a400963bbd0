import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';

/** The chain of what people did to a service itself rather than to an operation: freezes, holds, unlocks. */
export const serviceChain = (service: Pick<ServiceConfiguration, 'name'>): string => `service:${service.name}`;
