/** One request to an alarm's address, and what came of it in words. The address is in no message. */
import { text } from '../../text.ts';
import { say } from '../../words/say.ts';

/** Longest wait for an answer. */
const TIMEOUT_MS = 10_000;

export interface Sent {
  ok: boolean;
  /** Worth another try: nothing answered, or it asks to come back later. */
  again: boolean;
  /** How it went, one sentence; never holds the address. */
  message: string;
}

/** Sends, and never rejects. `json` is posted; without one it is a GET. */
export type Send = (url: URL, json: object | null) => Promise<Sent>;

/**
 * @param request `fetch`, or a test's own
 * @param timeoutMs for connecting and answering together
 */
export function sender(request: typeof fetch = fetch, timeoutMs = TIMEOUT_MS): Send {
  return async (url, json) => {
    try {
      const answer = await request(url, {
        method: json === null ? 'GET' : 'POST',
        ...(json === null ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
        // Where it would lead nobody has agreed to; a service that moved gives a new address.
        redirect: 'manual',
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.body?.cancel().catch(() => undefined);
      return said(answer.status);
    } catch (error) {
      const slow = error instanceof Error && error.name === 'TimeoutError';
      return {
        ok: false,
        again: true,
        message: slow ? say('It did not answer in time.') : say('It could not be reached.'),
      };
    }
  };
}

function said(status: number): Sent {
  if (status >= 200 && status < 300) return { ok: true, again: false, message: say('It answered.') };
  if (status >= 300 && status < 400) {
    return { ok: false, again: false, message: say('It has moved. Paste the new address from the service.') };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { ok: false, again: true, message: say(text`It is out of order (answer ${status}).`) };
  }
  if (status === 404 || status === 410) {
    return { ok: false, again: false, message: say('It no longer exists. Paste the address again from the service.') };
  }
  return { ok: false, again: false, message: say(text`It refused (answer ${status}). Paste the address again.`) };
}
