import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

const channel = 'http.client.request.start';

/**
 * Resolves when the next HTTP request of this process was handed to the network, or when `asking`, which is to send it, ended some
 * other way, or half a second has passed. What is loaded after that is loaded while the one who was asked works; before, it would only keep the request from leaving.
 */
export function onItsWay(asking: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const sent = () => {
      clearTimeout(late);
      unsubscribe(channel, started);
      resolve();
    };
    // The shape that Node documents for this channel.
    const started = (message: unknown) => (message as { readonly request: ClientRequest }).request.once('finish', sent);
    subscribe(channel, started);
    // Who cannot be connected with keeps nothing waiting.
    const late = setTimeout(sent, 500);
    asking.then(sent, sent);
  });
}
