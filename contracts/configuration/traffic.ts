import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { positiveDurationSchema } from '../duration-schema.ts';
import { label, objectName, text } from './primitives.ts';

const percent = z.int().min(1).max(100);

const stepsSchema = z
  .array(percent)
  .min(1, 'must have at least one step')
  .superRefine((steps, context) => {
    for (const [index, step] of steps.entries()) {
      const before = steps[index - 1];
      if (before !== undefined && step <= before) {
        context.addIssue({ code: 'custom', path: [index], message: `must be more than the step before (${before})` });
      }
    }
    if (steps.length > 0 && steps.at(-1) !== 100) {
      context.addIssue({ code: 'custom', path: [steps.length - 1], message: 'the last step must be 100' });
    }
  });

const targetGroupArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16}$/,
    'must be the ARN of a target group, such as arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-blue/0123456789abcdef',
  );

const rulesSchema = z
  .array(text.max(253))
  .min(1, 'must name at least one rule')
  .readonly()
  .superRefine((rules, context) => {
    for (const [index, rule] of rules.entries()) {
      if (rules.indexOf(rule) < index) context.addIssue({ code: 'custom', path: [index], message: 'is named twice' });
    }
  });

/** `traffic:` of a service. */
export const trafficSchema = z.strictObject({
  router: z.enum(['istio', 'gateway-api', 'alb']),
  /** The object that carries the weights; it belongs to Sluice, not to Git. */
  route: z.strictObject({ namespace: label, name: objectName }),
  /**
   * The target group of each environment, where an Application Load Balancer routes: its rules are read before a weight rises and after a
   * return. Needed with `alb`; with `gateway-api` where the gateway is one of the AWS Load Balancer Controller.
   */
  targetGroups: z.strictObject({ blue: targetGroupArn, green: targetGroupArn }).nullable().default(null),
  /**
   * The rules of the route that split the service's traffic, by their names (`rules[].name` of an HTTPRoute, `http[].name` of a
   * VirtualService): they move together, and every other rule stays as it is, and may lead to neither environment. Null: the route has one rule
   * that leads to them.
   */
  rules: rulesSchema.nullable().default(null),
  /** The public host name of the route; null when nobody needs it. */
  host: objectName.nullable().default(null),
  /** Percent of the traffic on the target, step by step. */
  steps: stepsSchema.default([5, 25, 50, 100]),
  /** How long each step is judged. */
  interval: positiveDurationSchema.default(parseDuration('5m')),
  /** Weights after whose step a person is asked before more traffic comes, within `deadlines.pause` for each. */
  pauseAfter: z.array(percent).readonly().default([]),
  /**
   * Requests a second that the service has at its quietest, on both sides together; null: not known here. Only `sluice validate` and, where the
   * metrics do not say it, `sluice plan` use it, to tell how bad a release the steps can notice.
   */
  requestsPerSecond: z.number().positive('must be above 0').nullable().default(null),
});
