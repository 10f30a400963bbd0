import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../../pipeline/ports.ts';

const logger = new Logger({ serviceName: 'sluice' });

/** Writes a line as structured JSON, with the request's ids where Lambda gives them. */
export const functionLog: Log = ({ level, message, ...details }) => logger[level](message, details);
