/** The token of who signed in at a sign-in service. Only this tab has it, and only until it is closed. */

const key = 'sluice-token';

/** @param {string} token */
export const keepToken = (token) => sessionStorage.setItem(key, token);

/** Whether there was one. */
export function forgetToken() {
  const had = sessionStorage.getItem(key) !== null;
  sessionStorage.removeItem(key);
  return had;
}

/**
 * `fetch` for Sluice's own API, in the name of who signed in. Without a token the browser's cookie says who asks.
 * @param {string} address
 * @param {RequestInit & { headers?: Record<string, string> }} [init]
 */
export function ask(address, init = {}) {
  const token = sessionStorage.getItem(key);
  const headers = { ...init.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  return fetch(address, { ...init, headers });
}
