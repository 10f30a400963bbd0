import type { ServiceAnswer } from './listener.ts';

/** An error as an AWS service words it; `name` is the service's error code, which SDK clients expose as `error.name`. */
export class AwsError extends Error {
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = code;
    this.status = status;
    this.details = details;
  }
}

/** The answer for an error in the REST-JSON protocol (Lambda, EKS): the code travels in a header. */
export const restJsonError = (error: AwsError): ServiceAnswer => ({
  status: error.status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.name },
  body: JSON.stringify({ ...error.details, message: error.message }),
});

/** The answer for an error in the AWS JSON protocols: the code travels in the body. */
export const awsJsonError = (error: AwsError, contentType: string): ServiceAnswer => ({
  status: error.status,
  headers: { 'content-type': contentType, 'x-amzn-errortype': error.name },
  body: JSON.stringify({ ...error.details, __type: error.name, message: error.message }),
});
