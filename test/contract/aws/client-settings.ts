/** Settings with which the real AWS clients reach a stand-in. */
export const clientSettings = (endpoint: string, accessKeyId = 'AKIATEST') => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey: 'secret' },
  maxAttempts: 1,
});
