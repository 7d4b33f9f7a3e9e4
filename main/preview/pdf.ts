/** Documents (PDF): how many pages they have, how large each is, and how one looks, drawn when it is asked for. */
import { HoldfastError } from '../errors.ts';
import { readAll, type Source } from '../messages/source.ts';
import type { PdfPage } from './api.ts';
import { type Pdfium, startPdfium, tooLarge, withMemory } from './pdfium.ts';

/** Most bytes of a document that is opened: all of it is in memory. */
export const PDF_BYTES = 128 * 1024 * 1024;
/** Most pages that are shown. */
export const PDF_PAGES = 2_000;
/** Most pixels of a page; each takes four bytes. */
export const PAGE_PIXELS = 6_000_000;
/** And of one of its sides. */
const SIDE_PIXELS = 8_000;
/** Most characters of a page's words. */
const TEXT_CHARS = 20_000;
/** A page that says it is something else has the size of a letter; in points. */
const PAPER = { width: 595, height: 842 };
const SIDE_POINTS = 20_000;

/** With remarks and filled-in forms; bytes as red, green, blue; pictures that are not looked at again are not kept. */
const FLAGS = 0x01 | 0x10 | 0x200;
const BGRA = 4;
const WHITE = 0xffffffff;
/** FPDF_GetLastError, fpdfview.h. */
const NEEDS_PASSWORD = 4;
const UNKNOWN_LOCK = 5;

export interface Size {
  width: number;
  height: number;
}

export interface OpenPdf {
  /** Of the whole document. */
  readonly pages: number;
  /** Of those that are shown, in points. */
  readonly sizes: readonly Size[];
  /** @param width pixels. Errors: bad-input (no such page, damaged, too large) */
  page(page: number, width: number): PdfPage;
}

/** Why a document was not opened. */
export type PdfFault = 'locked' | 'damaged';

/**
 * @param program gives pdfium.wasm, which is read for the first document only
 *
 * Errors: those of reading.
 */
export async function openPdf(source: Source, program: () => Promise<WebAssembly.Module>): Promise<OpenPdf | PdfFault> {
  const bytes = await readAll(source, 0, PDF_BYTES);
  const pdfium = await startPdfium(await program());
  return guarded(() => opened(pdfium, bytes), 'damaged');
}

/** What runs in PDFium and may end its instance, as bytes of strangers can make any program's do. */
function guarded<T, F>(run: () => T, fault: F): T | F {
  try {
    return run();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return fault;
    throw error;
  }
}

function opened(pdfium: Pdfium, bytes: Uint8Array): OpenPdf | PdfFault {
  // For as long as the process lives: PDFium reads from it page by page.
  const at = pdfium.pdfium.wasmExports.malloc(Math.max(1, bytes.length));
  if (at === 0) return 'damaged';
  pdfium.pdfium.HEAPU8.set(bytes, at);
  const document = pdfium.FPDF_LoadMemDocument64(at, bytes.length, '');
  if (document === 0) {
    const error = pdfium.FPDF_GetLastError();
    return error === NEEDS_PASSWORD || error === UNKNOWN_LOCK ? 'locked' : 'damaged';
  }
  const pages = pdfium.FPDF_GetPageCount(document);
  if (pages < 1) return 'damaged';
  const sizes = Array.from({ length: Math.min(pages, PDF_PAGES) }, (_, page) => sizeOf(pdfium, document, page));
  /** An instance that was ended gives nothing any more. */
  let ended = false;
  return {
    pages,
    sizes,
    page: (page, width) => {
      const size = sizes[page];
      if (size === undefined || ended) throw damagedPage();
      const drawn = guarded(() => draw(pdfium, document, page, pixelsOf(size, width)), null);
      if (drawn === null) {
        ended = true;
        throw damagedPage();
      }
      return drawn;
    },
  };
}

function sizeOf(pdfium: Pdfium, document: number, page: number): Size {
  return withMemory(pdfium, 8, (at) => {
    if (pdfium.FPDF_GetPageSizeByIndexF(document, page, at) === 0) return PAPER;
    const [width = 0, height = 0] = pdfium.pdfium.HEAPF32.subarray(at / 4, at / 4 + 2);
    const fits = (side: number): boolean => side >= 1 && side <= SIDE_POINTS;
    return fits(width) && fits(height) ? { width, height } : PAPER;
  });
}

/** Pixels of a page that is to be `wanted` wide: as many, or as many as a page may have. */
export function pixelsOf(size: Size, wanted: number): Size {
  const ratio = size.height / size.width;
  const width = Math.min(wanted, SIDE_PIXELS, SIDE_PIXELS / ratio, Math.sqrt(PAGE_PIXELS / ratio));
  return { width: Math.max(1, Math.floor(width)), height: Math.max(1, Math.floor(width * ratio)) };
}

function draw(pdfium: Pdfium, document: number, number: number, { width, height }: Size): PdfPage {
  const page = pdfium.FPDF_LoadPage(document, number);
  if (page === 0) throw damagedPage();
  try {
    const bitmap = pdfium.FPDFBitmap_CreateEx(width, height, BGRA, 0, 0);
    if (bitmap === 0) throw tooLarge();
    try {
      pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE);
      pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, FLAGS);
      const at = pdfium.FPDFBitmap_GetBuffer(bitmap);
      const pixels = pdfium.pdfium.HEAPU8.slice(at, at + width * height * 4);
      return { width, height, pixels, text: wordsOf(pdfium, page) };
    } finally {
      pdfium.FPDFBitmap_Destroy(bitmap);
    }
  } finally {
    pdfium.FPDF_ClosePage(page);
  }
}

function wordsOf(pdfium: Pdfium, page: number): string {
  const text = pdfium.FPDFText_LoadPage(page);
  if (text === 0) return '';
  try {
    const count = Math.min(TEXT_CHARS, pdfium.FPDFText_CountChars(text));
    if (count <= 0) return '';
    return withMemory(pdfium, 2 * (count + 1), (at) => {
      const units = pdfium.FPDFText_GetText(text, 0, count, at) - 1;
      if (units <= 0) return '';
      const { HEAPU8 } = pdfium.pdfium;
      return new TextDecoder('utf-16le').decode(HEAPU8.subarray(at, at + 2 * units));
    });
  } finally {
    pdfium.FPDFText_ClosePage(text);
  }
}

function damagedPage(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'This page is damaged, or made in a way that cannot be shown here.',
    'Nothing was changed. Restore the file to open it with a program made for it.',
    { severity: 'notice' },
  );
}
