/** A host of the engine that takes a key, says that it has it, and never ends its work; it counts the key as the app's does. */
import { createHmac } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { FromHost, ToHost } from '../../main/engine/api.ts';

parentPort?.on('message', ({ id, input }: ToHost) => {
  const { rootKey } = input as { rootKey: Uint8Array };
  // What every verb does with it first (format/keys.ts), so that its own copies count too.
  const root = createHmac('sha256', 'a repository').update(rootKey).digest();
  if (rootKey.every((byte) => byte === 0)) throw new Error('the key was wiped before it was used');
  const event = { type: 'message', level: 'info', text: String(root.length) } as const;
  parentPort?.postMessage({ id, type: 'event', event } satisfies FromHost);
});
