/** The part of PDFium that draws pages, compiled to WebAssembly: it has no scripts, no network and no files of its own. */
import { HoldfastError } from '../errors.ts';

/**
 * Bytes that PDFium may take, the file among them. What it asks for beyond is refused to it, and it gives up or aborts; in
 * WebAssembly that ends its instance and nothing else.
 */
const MEMORY_BYTES = 768 * 1024 * 1024;

/** What is used of it; the types that come with the package lack their main part. */
export interface Pdfium {
  FPDF_InitLibrary(): void;
  FPDF_LoadMemDocument64(data: number, bytes: number, password: string): number;
  FPDF_GetLastError(): number;
  FPDF_GetPageCount(document: number): number;
  /** Writes two floats. */
  FPDF_GetPageSizeByIndexF(document: number, page: number, size: number): number;
  FPDF_LoadPage(document: number, page: number): number;
  FPDF_ClosePage(page: number): void;
  FPDFBitmap_CreateEx(width: number, height: number, format: number, data: number, stride: number): number;
  FPDFBitmap_FillRect(bitmap: number, x: number, y: number, width: number, height: number, colour: number): void;
  FPDFBitmap_GetBuffer(bitmap: number): number;
  FPDFBitmap_Destroy(bitmap: number): void;
  FPDF_RenderPageBitmap(
    bitmap: number,
    page: number,
    x: number,
    y: number,
    width: number,
    height: number,
    turn: number,
    flags: number,
  ): void;
  FPDFText_LoadPage(page: number): number;
  FPDFText_CountChars(text: number): number;
  /** Writes UTF-16 with a zero at the end; the number of units with it. */
  FPDFText_GetText(text: number, from: number, count: number, out: number): number;
  FPDFText_ClosePage(text: number): void;
  pdfium: {
    wasmExports: { malloc(bytes: number): number; free(at: number): void };
    /** Views are made anew when the memory grows: ask for them each time. */
    HEAPU8: Uint8Array;
    HEAPF32: Float32Array;
  };
}

type Imports = Record<string, Record<string, (...values: number[]) => number>>;

/** @param module pdfium.wasm. Each call starts an instance of its own, with memory of its own. */
export async function startPdfium(module: WebAssembly.Module): Promise<Pdfium> {
  const { init } = await import('@embedpdf/pdfium');
  const options = {
    print: () => undefined,
    printErr: () => undefined,
    instantiateWasm: (imports: Imports, done: (instance: WebAssembly.Instance) => void): object => {
      for (const group of Object.values(imports)) bounded(group);
      // Only after it was told that it will be: what it begins with lies in the instance.
      void WebAssembly.instantiate(module, imports).then(done);
      return {};
    },
  };
  const started = (await init(options as unknown as Parameters<typeof init>[0])) as unknown as Pdfium;
  started.FPDF_InitLibrary();
  return started;
}

function bounded(group: Imports[string]): void {
  const grow = group['emscripten_resize_heap'];
  if (grow !== undefined)
    group['emscripten_resize_heap'] = (bytes = 0) => (bytes >>> 0 > MEMORY_BYTES ? 0 : grow(bytes));
}

/** Memory of PDFium for as long as `use` takes. */
export function withMemory<T>(pdfium: Pdfium, bytes: number, use: (at: number) => T): T {
  const { malloc, free } = pdfium.pdfium.wasmExports;
  const at = malloc(bytes);
  if (at === 0) throw tooLarge();
  try {
    return use(at);
  } finally {
    free(at);
  }
}

export function tooLarge(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'This page takes more memory than a preview may.',
    'Nothing was changed. Restore the file to open it with a program made for it.',
    { severity: 'notice' },
  );
}
