import type { OnUnreadable } from '../../adapters/store/read-record.ts';
import { functionLog } from './log.ts';

/** Logs a record that a list goes without. */
export const reportUnreadable: OnUnreadable = ({ name, message, key, problems }) =>
  functionLog({ level: 'error', message, error: name, key, problems });
