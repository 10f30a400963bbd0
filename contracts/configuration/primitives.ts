import * as z from 'zod';
import { nameKey } from '../name-key.ts';

const dnsLabel = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const dnsName = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Text that is not blank. */
export const text = z.string().trim().min(1, 'must not be empty');

/** A mail address, lower case so that it compares by equality. */
export const mail = z.email('must be a mail address').transform(nameKey);

/** A time zone of the IANA database, as it is written there. */
export const timeZone = z.string().refine(isTimeZone, 'must be a time zone like America/New_York');

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}

/** One name or a list of them. */
export const names = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(text)).default([]);

/** The path of a workflow file. */
export const workflowFile = z
  .string()
  .regex(/^\.github\/workflows\/[^/\s]+\.ya?ml$/, 'must be a path like .github/workflows/ci.yml');

/** A repository on GitHub: `owner/name`. */
export const repository = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/, 'must be a repository like owner/name');

/** A Git branch name that needs no quoting in URLs and refs. */
export const branch = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'must be a branch name')
  .refine((name) => !/\.\.|\/\/|\/$|\.lock$/.test(name), 'must be a branch name that Git accepts');

/** The name of a secret of Secrets Manager, in the account and region of the installation. */
export const secretName = z
  .string()
  .regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'must be the name of a secret of Secrets Manager');

/** A Kubernetes namespace, or another DNS label of at most 63 characters. */
export const label = z.string().max(63).regex(dnsLabel, 'must be a DNS label: lower case letters, digits and dashes');

/** A Kubernetes object name, or a host name. */
export const objectName = z.string().max(253).regex(dnsName, 'must be a DNS name in lower case');

/** A service's name: part of execution names (80 characters, Step Functions), so at most 40. */
export const serviceName = z
  .string()
  .max(40, 'must have at most 40 characters: it is part of execution names')
  .regex(dnsLabel, 'must be a DNS label: lower case letters, digits and dashes');

/** An absolute http or https URL, without user, password or a trailing slash. */
export const url = z.string().transform((value, context) => readUrl(value, context));

/** A URL that people and tokens travel to: https, or http on loopback, which never leaves the machine. */
export const publicUrl = z.string().transform((value, context) => {
  const read = readUrl(value, context);
  if (read === z.NEVER) return z.NEVER;
  const { protocol, hostname } = new URL(read);
  if (protocol === 'https:' || loopback.has(hostname)) return read;
  context.addIssue({ code: 'custom', message: 'must be https (http is accepted on loopback only)' });
  return z.NEVER;
});

function readUrl(value: string, context: z.RefinementCtx): string {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is not an http or https URL` });
    return z.NEVER;
  }
  if (parsed.username !== '' || parsed.password !== '') {
    context.addIssue({
      code: 'custom',
      message: 'must not contain a user or password: this file is no place for secrets',
    });
    return z.NEVER;
  }
  return value.replace(/\/+$/, '');
}

/** Refuses a list in which `key` gives the same text twice, pointing at the later one. */
export const uniqueBy =
  <T>(key: (item: T) => string, what: string) =>
  (items: readonly T[], context: z.RefinementCtx): void => {
    const seen = new Map<string, number>();
    for (const [index, item] of items.entries()) {
      const first = seen.get(key(item));
      if (first === undefined) seen.set(key(item), index);
      else context.addIssue({ code: 'custom', path: [index], message: `${what} ${key(item)} appears twice` });
    }
  };
