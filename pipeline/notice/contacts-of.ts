import type { ApiContact } from '../../contracts/api/service.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { contactWords } from '../../contracts/contact-words.ts';
import type { Fact } from '../approval/deployment-summary.ts';

/** Whom to call about a service, level by level: its own contacts, or else the installation's. */
export const contactsOf = (
  { contacts }: Pick<Configuration, 'contacts'>,
  { notify }: Pick<ServiceConfiguration, 'notify'>,
): ApiContact[] => (notify.contacts ?? contacts).map(({ after, ...contact }) => ({ ...contact, afterMs: after }));

/** The same as a mail or a page shows it. */
export const contactFacts = (
  configuration: Pick<Configuration, 'contacts'>,
  service: Pick<ServiceConfiguration, 'notify'>,
): Fact[] => contactsOf(configuration, service).map(contactWords);
