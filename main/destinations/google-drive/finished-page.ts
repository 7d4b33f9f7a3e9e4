/** What the browser shows when a sign-in has come back: one quiet page, without scripts and without anything loaded. */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Text } from '../../text.ts';
import type { PageWords } from '../connect-types.ts';

const STYLE = [
  'body{font:15px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;color:#1c1f23;background:#f6f7f8}',
  'main{max-width:26rem;padding:2rem;text-align:center}h1{font-size:20px;font-weight:600;margin:0 0 .5rem}p{margin:0}',
  '@media (prefers-color-scheme:dark){body{color:#e8eaed;background:#16181b}}',
].join('');

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sends the page. */
export function sendPage(
  response: ServerResponse,
  status: number,
  [title, line]: readonly [string | Text, string | Text],
  { language, direction, say }: PageWords,
): void {
  const page = `<!doctype html><html lang="${language}" dir="${direction}"><head><meta charset="utf-8"><title>Holdfast</title><style>${STYLE}</style></head><body><main><h1>${escaped(say(title))}</h1><p>${escaped(say(line))}</p></main></body></html>`;
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(page);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
