import * as z from 'zod';

/**
 * What SNS posts to an HTTPS subscription. The texts stay as they came, since the signature is over them.
 *
 * @see Amazon SNS developer guide, "Parsing Amazon SNS message formats"
 */
export const snsMessageSchema = z.looseObject({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  /** A retry of SNS has the id of the first attempt. */
  MessageId: z.string().min(1).max(100),
  TopicArn: z.string(),
  /** Absent where the publisher gave none. */
  Subject: z.string().nullish(),
  Message: z.string(),
  /** ISO 8601, when it was published. */
  Timestamp: z
    .string()
    .max(40)
    .refine((text) => !Number.isNaN(Date.parse(text)), 'is not an ISO 8601 time'),
  SignatureVersion: z.string(),
  /** Base64. */
  Signature: z.string(),
  SigningCertURL: z.string(),
  /** Of confirmations. */
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
});

export type SnsMessage = Readonly<z.output<typeof snsMessageSchema>>;
