/** Answers in Google's form. https://developers.google.com/workspace/drive/api/guides/handle-errors */

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8', ...headers }, body };
}

export function html(text: string, status = 200): Reply {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from(text) };
}

export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: Buffer.alloc(0) };
}

/** An error of the Drive API, to be thrown by whatever handles a request. */
export class ApiError extends Error {
  readonly reply: Reply;

  constructor(status: number, reason: string, message: string, retryAfter?: number) {
    super(message);
    const error = { code: status, message, errors: [{ domain: 'global', reason, message }] };
    this.reply = json({ error }, status, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
  }
}

export function notFound(id: string): ApiError {
  return new ApiError(404, 'notFound', `File not found: ${id}.`);
}

/** An error of the account server (RFC 6749, section 5.2). */
export function oauthError(error: string, status = 400): Reply {
  return json({ error, error_description: error }, status);
}
