/** PDFs out of bytes of strangers: pages are drawn, and whatever is in them there is an answer within bounds. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { PDFDocument, PDFName } from 'pdf-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { sourceOf } from '../../main/messages/source.ts';
import { look } from '../../main/preview/look.ts';
import { openPdf, PAGE_PIXELS, PDF_PAGES, pixelsOf, type OpenPdf } from '../../main/preview/pdf.ts';

let module: Promise<WebAssembly.Module>;
beforeAll(() => {
  const file = new URL('../../node_modules/@embedpdf/pdfium/dist/pdfium.wasm', import.meta.url);
  module = readFile(file).then(async (bytes) => await WebAssembly.compile(bytes));
});
const pdfium = async (): Promise<WebAssembly.Module> => await module;
const open = async (bytes: Uint8Array) => await openPdf(sourceOf(bytes), pdfium);

async function document(pages: number, change: (made: PDFDocument) => void = () => undefined): Promise<Uint8Array> {
  const made = await PDFDocument.create();
  for (let i = 0; i < pages; i++) made.addPage([300, 400]).drawText(`This is page ${i + 1}`, { x: 20, y: 350 });
  change(made);
  return await made.save({ useObjectStreams: false });
}

/** A small document, written by hand; each object stands by itself. */
function written(objects: readonly string[], trailer = ''): Uint8Array {
  const body = objects.map((object, i) => `${i + 1} 0 obj\n${object}\nendobj\n`).join('');
  return new Uint8Array(
    Buffer.from(
      `%PDF-1.4\n${body}trailer\n<< /Root 1 0 R /Size ${objects.length + 1} ${trailer} >>\n%%EOF\n`,
      'latin1',
    ),
  );
}
const page = (box: string, more = ''): string[] => [
  '<< /Type /Catalog /Pages 2 0 R >>',
  '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
  `<< /Type /Page /Parent 2 0 R /MediaBox [${box}] ${more} >>`,
];

function opened(pdf: Awaited<ReturnType<typeof openPdf>>): OpenPdf {
  if (typeof pdf === 'string') throw new Error(pdf);
  return pdf;
}

describe('A PDF', () => {
  it('has its pages, their sizes, how they look and their words', async () => {
    const pdf = opened(await open(await document(3)));
    expect(pdf.pages).toBe(3);
    expect(pdf.sizes[2]).toEqual({ width: 300, height: 400 });
    const { width, height, pixels, text } = pdf.page(1, 600);
    expect([width, height, pixels.length]).toEqual([600, 800, 600 * 800 * 4]);
    expect(text).toBe('This is page 2');
    expect(pixels.subarray(0, 4)).toEqual(new Uint8Array([255, 255, 255, 255]));
    expect(pixels.some((value, i) => i % 4 === 0 && value < 100)).toBe(true);
    for (const number of [-1, 3]) expect(() => pdf.page(number, 600)).toThrow('This page is damaged');
  });

  it('that is protected, damaged, inside another file or too large is shown as bytes, with the reason', async () => {
    const lock = '/Filter /Standard /V 1 /R 2 /P -4';
    const half = `<${'5a'.repeat(32)}>`;
    const locked = written(page('0 0 9 9'), `/Encrypt << ${lock} /O ${half} /U ${half} >> /ID [<00> <00>]`);
    const further = { beside: async () => Promise.reject(new Error('nothing')), pdfium };
    const why = async (bytes: Uint8Array, within = false, size = bytes.length): Promise<unknown> => {
      const source = { ...sourceOf(bytes), size };
      const { look: shown } = await look(source, 'a.pdf', within ? null : further);
      return shown.kind === 'bytes' ? shown.why : shown.kind;
    };
    expect(await why(locked)).toMatch(/password of its own/);
    expect(await why((await document(2)).subarray(0, 60))).toMatch(/damaged/);
    expect(await why(new Uint8Array(Buffer.from('%PDF-1.7\nnothing more')))).toMatch(/damaged/);
    expect(await why(await document(1), true)).toMatch(/inside another file/);
    expect(await why(await document(1), false, 2 ** 40)).toMatch(/128 MiB/);
    expect(await why(await document(1))).toBe('pdf');
  });

  it('with scripts and things to start is drawn, and nothing of them is done', async () => {
    const bytes = await document(1, (made) => {
      made.addJavaScript('a', 'app.alert(1); this.submitForm("http://127.0.0.1:9/")');
      made.catalog.set(PDFName.of('OpenAction'), made.context.obj({ S: 'Launch', F: made.context.obj('/bin/true') }));
    });
    expect(opened(await open(bytes)).page(0, 100).text).toBe('This is page 1');
  });

  it('whose pages say that they have no size, or any, has paper of a size that can be drawn', async () => {
    for (const box of ['0 0 0 0', '0 0 -5 1e30', '0 0 100000000 1', '0 0 1 19000']) {
      const pdf = opened(await open(written(page(box))));
      const [size] = pdf.sizes;
      expect(size?.width).toBeGreaterThan(0);
      expect(pdf.page(0, 8_000).pixels.length).toBeLessThanOrEqual(PAGE_PIXELS * 4);
    }
    const side = fc.double({ min: 1, max: 20_000, noNaN: true });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 16, max: 8_000 }), (width, height, wanted) => {
        const pixels = pixelsOf({ width, height }, wanted);
        expect(pixels.width * pixels.height).toBeLessThanOrEqual(PAGE_PIXELS);
        expect(Math.min(pixels.width, pixels.height)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('that says it has millions of pages has as many as are shown', async () => {
    const [catalog, , one] = page('0 0 9 9');
    const pdf = opened(
      await open(written([catalog ?? '', '<< /Type /Pages /Kids [3 0 R] /Count 4000000 >>', one ?? ''])),
    );
    expect(pdf.sizes.length).toBeLessThanOrEqual(PDF_PAGES);
  });

  it('with a picture of billions of pixels, or a form that draws itself, gives an answer', async () => {
    const draws = (object: string): Uint8Array =>
      written([
        ...page('0 0 90 90', '/Resources << /XObject << /X 4 0 R >> >> /Contents 5 0 R'),
        object,
        '<< /Length 28 >>\nstream\nq 90 0 0 90 0 0 cm /X Do Q \nendstream',
      ]);
    const picture = '/Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 8 /ColorSpace /DeviceRGB';
    const form = '/Subtype /Form /BBox [0 0 1 1] /Resources << /XObject << /X 4 0 R >> >>';
    for (const object of [
      `<< ${picture} /Length 3 >>\nstream\nabc\nendstream`,
      `<< ${form} /Length 12 >>\nstream\n/X Do /X Do \nendstream`,
    ]) {
      const pdf = opened(await open(draws(object)));
      expect(answers(() => pdf.page(0, 200))).toBe(true);
    }
  });

  it('of any bytes, and cut short anywhere, gives an answer', async () => {
    const whole = await document(2);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 9, max: whole.length }),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 12 }),
        async (length, changes) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, byte] of changes) bytes[at] = byte;
          const pdf = await open(bytes.subarray(0, length));
          if (typeof pdf !== 'string') expect(answers(() => pdf.page(0, 50))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** Either a page, or a sentence. */
function answers(draw: () => { width: number }): boolean {
  try {
    return draw().width > 0;
  } catch (error) {
    return (error as { code?: string }).code === 'bad-input';
  }
}
