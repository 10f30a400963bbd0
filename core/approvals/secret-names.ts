const words = /password|passwd|secret|token|api[-_]?key|private[-_]?key|credential/i;

/** Whether what goes by this name is probably nothing to show: `DB_PASSWORD`, `apiKey`. Where a secret is (`secretName`, `secretKeyRef`) is none. */
export const isSecretName = (name: string): boolean =>
  words.test(name) && !/(?:secret|token|credentials?)[-_]?(?:name|ref|keyref|path|file)$/i.test(name);
