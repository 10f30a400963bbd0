import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';

const prefix = 'service:';

/** The chain of what people did to a service itself rather than to an operation: freezes, holds, unlocks. */
export const serviceChain = (service: Pick<ServiceConfiguration, 'name'>): string => `${prefix}${service.name}`;

export const isServiceChain = (chain: string): boolean => chain.startsWith(prefix);
