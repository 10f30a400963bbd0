/** The token of who signed in at a sign-in service. Only this tab has it, and only until it is closed. */

const key = 'sluice-token';

export const keepToken = (token: string): void => sessionStorage.setItem(key, token);

/** Whether there was one. */
export function forgetToken(): boolean {
  const had = sessionStorage.getItem(key) !== null;
  sessionStorage.removeItem(key);
  return had;
}

/** `fetch` for Sluice's own API, in the name of who signed in. Without a token the browser's cookie says who asks. */
export function ask(address: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  const token = sessionStorage.getItem(key);
  const headers = { ...init.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  return fetch(address, { ...init, headers });
}
