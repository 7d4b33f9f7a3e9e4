/**
 * The scheme of previews: pages for a frame in the window that show one picture, sound or film of a backup. Each is a
 * site of its own, hence in a process of its own, and its policy makes it a sandbox without origin, scripts, network,
 * forms or plugins. It may load two things: its style, and the contents, range by range, as they are decrypted.
 */
import type { Session } from 'electron';
import { parsePreviewAddress, PREVIEW_SCHEME } from '../ipc/preview-address.ts';
import { APP_ORIGIN } from '../ipc/sender.ts';
import type { Playable } from '../jobs/previews.ts';

/** Bytes that are asked for, and in memory, at a time. */
const PIECE = 512 * 1024;

/** Of the previews before. */
const REMEMBERED = 256;

const STYLE = `
html, body { margin: 0; height: 100%; background: transparent; overflow: hidden }
body { display: grid; place-items: center }
img, video { max-width: 100%; max-height: 100vh; object-fit: contain }
img.drawing { width: 100%; height: 100vh }
audio { width: min(100%, 560px) }
`;

/** Serves what `playable` knows to the frames of `session`. */
export function servePreviews(session: Session, playable: (id: string, ref: number | null) => Playable | null): void {
  /** Ids of previews whose pages were handed out. */
  const shown = new Set<string>();
  session.protocol.handle(PREVIEW_SCHEME, (request) => {
    const address = parsePreviewAddress(request.url);
    const found = address === null || request.method !== 'GET' ? null : playable(address.id, address.ref);
    if (address === null || found === null) {
      // A page that is closed while it loads still asks for what is in it: no fault, and nothing to show.
      if (address === null || !shown.has(address.id)) return answer(404, 'text/plain', null);
      return address.part === 'style' ? answer(200, 'text/css; charset=utf-8', STYLE) : answer(204, 'text/plain', null);
    }
    if (shown.size >= REMEMBERED) shown.clear();
    shown.add(address.id);
    if (address.part === 'style') return answer(200, 'text/css; charset=utf-8', STYLE);
    if (address.part === 'view') return answer(200, 'text/html; charset=utf-8', previewPage(found, address.ref));
    return contents(found, request.headers.get('range'));
  });
}

/** The page round the contents. Holds nothing of the file but what it is. */
export function previewPage({ kind, type }: Pick<Playable, 'kind' | 'type'>, ref: number | null): string {
  const end = ref === null ? '' : `/${ref}`;
  const element =
    kind === 'image'
      ? `<img src="/raw${end}" alt=""${type === 'image/svg+xml' ? ' class="drawing"' : ''}>`
      : `<${kind} src="/raw${end}" controls controlslist="nodownload noremoteplayback" disablepictureinpicture preload="metadata"></${kind}>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Preview</title><link rel="stylesheet" href="/style${end}"><body>${element}`;
}

/** Of every answer of the scheme. */
export function previewHeaders(type: string): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': [
      "default-src 'none'",
      `img-src ${PREVIEW_SCHEME}:`,
      `media-src ${PREVIEW_SCHEME}:`,
      `style-src ${PREVIEW_SCHEME}:`,
      "form-action 'none'",
      "base-uri 'none'",
      `frame-ancestors ${APP_ORIGIN}`,
      'sandbox',
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  };
}

function answer(status: number, type: string, body: string | null): Response {
  return new Response(body, { status, headers: previewHeaders(type) });
}

/** The whole file, or the one range that a player asks for. */
function contents(file: Playable, asked: string | null): Response {
  const range = rangeOf(asked, file.size);
  const headers: Record<string, string> = { ...previewHeaders(file.type), 'Accept-Ranges': 'bytes' };
  if (range === null) {
    return new Response(null, { status: 416, headers: { ...headers, 'Content-Range': `bytes */${file.size}` } });
  }
  const { from, to } = range;
  headers['Content-Length'] = String(to - from);
  if (asked !== null) headers['Content-Range'] = `bytes ${from}-${to - 1}/${file.size}`;
  return new Response(streamOf(file, from, to), { status: asked === null ? 200 : 206, headers });
}

/** Half open; null where the file has no such bytes. What is no range is all of it. */
export function rangeOf(asked: string | null, size: number): { from: number; to: number } | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(asked ?? '') ?? [];
  if (first === '' && last === '') return { from: 0, to: size };
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  return from < to ? { from, to } : null;
}

/** Reads a piece when the one before it was taken; a player that stops asking stops the reading. */
function streamOf(file: Playable, from: number, to: number): ReadableStream<Uint8Array> {
  let at = from;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (at < to) {
          const bytes = await file.read(at, Math.min(to, at + PIECE));
          at += bytes.length;
          if (bytes.length === 0) throw new Error('the file ended early');
          controller.enqueue(bytes);
        }
        if (at >= to) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
