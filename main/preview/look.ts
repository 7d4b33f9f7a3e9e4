/** Decides how a file is shown: by what it is, and only if showing it is bounded. */
import type { Source } from '../messages/source.ts';
import { phrase, text, type Text } from '../text.ts';
import type { Look } from './api.ts';
import { type Beside, factsOf, openText, openZip, type OpenArchive } from './archive.ts';
import { isModestDrawing } from './drawing.ts';
import { HEX_BYTES, hexRows } from './hex.ts';
import { imageSize } from './image-size.ts';
import { kindOf, type Kind } from './kind.ts';
import { openPdf, PDF_BYTES, type OpenPdf } from './pdf.ts';
import { textForm, textPage, type TextForm } from './text.ts';

/** Bytes that decide whether a file is text. */
const HEAD_BYTES = 64 * 1024;
/** Of a picture: bytes, pixels of it, and pixels of a side. Decoded, a pixel takes four bytes. */
const IMAGE_BYTES = 64 * 1024 * 1024;
const IMAGE_PIXELS = 100_000_000;
const IMAGE_SIDE = 30_000;
/** Of a drawing (SVG), which can ask for more work than its size tells. */
const DRAWING_BYTES = 1024 * 1024;

/** Names of files that are read by programs: their lines have numbers. */
const CODE =
  /\.(?:[cm]?[jt]sx?|json5?|jsonc|py|rb|rs|go|java|kts?|swift|c|cc|cpp|h|hh|hpp|cs|php|pl|lua|sh|bash|zsh|fish|ps1|bat|sql|css|scss|less|html?|xml|svg|vue|svelte|ya?ml|toml|ini|cfg|conf|gradle|cmake|r|jl|hs|ml|ex|exs|erl|clj|scala|dart|tex|diff|patch|log|csv)$|(?:^|\/)(?:Makefile|Dockerfile|\.[a-z]+rc|\.gitignore)$/i;

export interface Looked {
  look: Look;
  /** Of a text, for its further pages. */
  form: TextForm | null;
  archive: OpenArchive | null;
  pdf: OpenPdf | null;
}

/** What a file that is looked into further takes. */
export interface Further {
  /** Opens a file beside this one. */
  beside: Beside;
  /** Gives pdfium.wasm. */
  pdfium: () => Promise<WebAssembly.Module>;
}

/**
 * @param further null for an attachment, which is not looked into any further
 *
 * Errors: those of reading.
 */
export async function look(source: Source, name: string, further: Further | null): Promise<Looked> {
  const head = await source.read(0, HEAD_BYTES);
  const kind = kindOf(head);
  const form = source.size === 0 ? null : textForm(head, head.length >= source.size);
  // Some beginnings are letters, and a text may begin with them.
  const isText = form !== null && kind?.is === 'other' && kind.why === null;
  if (kind !== null && !isText) {
    if (kind.is === 'pdf' && further !== null) return await document(source, head, kind.what, further.pdfium);
    const archive = kind.what === 'ZIP archive' && further !== null ? await openZip(source, name) : null;
    return { ...NONE, look: archive === null ? await known(source, head, kind) : factsOf(archive), archive };
  }
  if (form === null) {
    const what = source.size === 0 ? phrase('empty file') : phrase('file of unknown kind');
    return { ...NONE, look: bytes(head, what, null) };
  }
  if (await isDrawing(source, form, head)) {
    const drawing = { kind: 'image', what: phrase('SVG drawing'), type: 'image/svg+xml', width: 0, height: 0 } as const;
    return { ...NONE, look: drawing };
  }
  if (further !== null) {
    const beginning = new TextDecoder(form.label).decode(head);
    const archive = await openText(source, name, beginning, form, further.beside);
    if (archive !== null) return { ...NONE, look: factsOf(archive), archive };
  }
  const first = await textPage(source, form, form.begin);
  const code = CODE.test(name);
  return { ...NONE, look: { kind: 'text', what: phrase('text'), encoding: form.encoding, code, first }, form };
}

/** Neither text, nor archive, nor document. */
const NONE = { form: null, archive: null, pdf: null } as const;

/** Why a PDF is shown as bytes. */
const NOT_OPENED = {
  locked: phrase('It is protected by a password of its own. Restore it to open it.'),
  damaged: phrase('It is damaged, or made in a way that cannot be shown here. Restore it to open it.'),
} as const;

async function document(source: Source, head: Uint8Array, what: string, pdfium: Further['pdfium']): Promise<Looked> {
  if (source.size > PDF_BYTES) {
    return {
      ...NONE,
      look: bytes(head, what, phrase('PDFs of more than 128 MiB are not opened here. Restore it to open it.')),
    };
  }
  const pdf = await openPdf(source, pdfium);
  if (typeof pdf === 'string') return { ...NONE, look: bytes(head, what, NOT_OPENED[pdf]) };
  return { ...NONE, look: { kind: 'pdf', what, pages: pdf.pages, sizes: [...pdf.sizes] }, pdf };
}

async function known(source: Source, head: Uint8Array, kind: Kind): Promise<Look> {
  if (kind.is === 'other') return bytes(head, kind.what, kind.why);
  if (kind.is === 'pdf') return bytes(head, kind.what, NO_DOCUMENT);
  if (kind.is !== 'image') return { kind: kind.is, what: kind.what, type: kind.type };
  if (source.size > IMAGE_BYTES) {
    return bytes(head, kind.what, phrase('Pictures of more than 64 MiB are not opened here. Restore it to open it.'));
  }
  const size = await imageSize(source, kind.type);
  if (size === null) {
    return bytes(
      head,
      kind.what,
      phrase('It does not say how large it is, so it is not opened here. It may be damaged.'),
    );
  }
  const { width, height } = size;
  if (width * height > IMAGE_PIXELS || Math.max(width, height) > IMAGE_SIDE) {
    const sides = `${width} × ${height}`;
    return bytes(
      head,
      kind.what,
      text`It says that it has ${sides} pixels: opening it would take gigabytes of memory, so it is not opened here.`,
    );
  }
  return { kind: 'image', what: kind.what, type: kind.type, width, height };
}

const NO_DOCUMENT = phrase('A PDF inside another file is not opened here. Restore it to open it.');

const bytes = (head: Uint8Array, what: string, why: string | Text | null): Look => ({
  kind: 'bytes',
  what,
  why,
  rows: hexRows(head.subarray(0, HEX_BYTES)),
});

/** An SVG that is no larger than drawings are. One with entities, or whose parts repeat without end, is shown as text. */
async function isDrawing(source: Source, form: TextForm, head: Uint8Array): Promise<boolean> {
  const decoder = new TextDecoder(form.label);
  const beginning = decoder.decode(head.subarray(0, 4096));
  if (
    !/^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--(?:(?!-->)[\s\S]){0,2000}-->\s*)*(?:<!DOCTYPE svg[^>[]{0,300}>\s*)?<svg[\s>]/.test(
      beginning,
    )
  )
    return false;
  if (source.size > DRAWING_BYTES) return false;
  const drawn = new TextDecoder(form.label).decode(await source.read(0, DRAWING_BYTES));
  return !/<!ENTITY/i.test(drawn) && isModestDrawing(drawn);
}
