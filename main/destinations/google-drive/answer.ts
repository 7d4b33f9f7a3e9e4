/** What Google answered to a request that it refused, out of what the library throws. */
import { retryAfterMs } from '../remote/retry-after.ts';

export interface Answer {
  method: string;
  status: number;
  reason: string;
  /** Google's sentence, only to be compared. */
  text: string;
  retryAfterMs: number | null;
}

/** What the server answered, or null where the library threw for another reason. */
export function answerOf(error: unknown, method: string): Answer | null {
  if (!isRecord(error) || !isRecord(error['response'])) return null;
  const { status, data, headers } = error['response'];
  if (typeof status !== 'number') return null;
  const body = parsed(data);
  return { method, status, ...reasonOf(body), retryAfterMs: retryAfterOf(headers) };
}

function reasonOf(body: unknown): { reason: string; text: string } {
  const error = isRecord(body) ? body['error'] : undefined;
  if (typeof error === 'string') return { reason: word(error), text: '' }; // OAuth
  if (!isRecord(error)) return { reason: '', text: '' };
  const text = typeof error['message'] === 'string' ? error['message'] : '';
  const errors: unknown = error['errors'];
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const reason = isRecord(first) ? first['reason'] : error['status'];
  return { reason: word(reason), text };
}

/** Only what looks like one of Google's words is passed on. */
function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z_]{1,60}$/.test(value) ? value : '';
}

function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** The library's headers are of a class of its own. */
function retryAfterOf(headers: unknown): number | null {
  if (!isRecord(headers) || typeof headers['get'] !== 'function') return null;
  return retryAfterMs(headers['get']('retry-after'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
