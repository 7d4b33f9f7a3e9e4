/** What a file is, how large a picture says it is, and pages of text: out of bytes of strangers. */
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePreviewAddress } from '../../main/ipc/preview-address.ts';
import { sourceOf, type Source } from '../../main/messages/source.ts';
import type { Look } from '../../main/preview/api.ts';
import { imageSize } from '../../main/preview/image-size.ts';
import { kindOf } from '../../main/preview/kind.ts';
import { look } from '../../main/preview/look.ts';
import { english } from '../../main/text.ts';
import { textForm, textPage } from '../../main/preview/text.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const lookAt = async (bytes: Uint8Array, name = 'file'): Promise<Look> =>
  (await look(sourceOf(bytes), name, null)).look;

/** A PNG header of any size, with nothing behind it worth speaking of. */
function png(width: number, height: number): Uint8Array {
  const head = Buffer.alloc(33);
  head.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return new Uint8Array(Buffer.concat([head, deflateSync(Buffer.alloc(100))]));
}

function jpeg(width: number, height: number, before = 0): Uint8Array {
  const extra = Buffer.alloc(before + 4);
  extra.writeUInt16BE(0xffe1, 0);
  extra.writeUInt16BE(before + 2, 2);
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3, 0, 0, 0]);
  return new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xd8]), extra, frame]));
}

function webp(chunk: string, body: readonly number[]): Uint8Array {
  return new Uint8Array([...bytesOf(`RIFF\0\0\0\0WEBP${chunk}\0\0\0\0`), ...body]);
}

describe('kind', () => {
  it.each([
    ['\x89PNG\r\n\x1a\n', 'PNG picture'],
    ['\xff\xd8\xff\xe0', 'JPEG picture'],
    ['GIF89a', 'GIF picture'],
    ['RIFF....WAVEfmt ', 'WAV sound'],
    ['fLaC\0\0', 'FLAC sound'],
    ['ID3\x04', 'MP3 sound'],
    ['\xff\xfb\x90\x64', 'MP3 sound'],
    ['OggS\0\0OpusHead', 'Ogg sound'],
    ['\0\0\0\x20ftypM4A ', 'AAC sound'],
    ['\0\0\0\x20ftypisom', 'MP4 video'],
    ['\0\0\0\x20ftypheic', 'HEIC picture'],
    ['\0\0\0\x20ftypavif', 'AVIF picture'],
    ['\x1a\x45\xdf\xa3', 'Matroska or WebM video'],
    ['%PDF-1.7', 'PDF document'],
    ['PK\x03\x04', 'ZIP archive'],
    ['SQLite format 3\0', 'SQLite database'],
  ])('%j is a %s', (beginning, what) => {
    expect(kindOf(bytesOf(beginning))?.what).toBe(what);
  });

  it('goes by the first bytes, and a text that begins with letters of a program stays a text', async () => {
    expect(await lookAt(png(10, 10), 'photo.txt')).toMatchObject({ kind: 'image', what: 'PNG picture', width: 10 });
    expect(await lookAt(bytesOf('MZ is how it begins'))).toMatchObject({ kind: 'text' });
    expect(await lookAt(bytesOf('BMW, a car\n'))).toMatchObject({ kind: 'text' });
    expect(await lookAt(bytesOf('MZ\x90\0\x03'))).toMatchObject({ kind: 'bytes', what: 'Windows program or library' });
  });
});

describe('pictures', () => {
  it('are measured by their header', async () => {
    const size = (bytes: Uint8Array, type: string) => imageSize(sourceOf(bytes), type);
    expect(await size(png(640, 480), 'image/png')).toEqual({ width: 640, height: 480 });
    expect(await size(jpeg(4000, 3000, 30_000), 'image/jpeg')).toEqual({ width: 4000, height: 3000 });
    expect(await size(bytesOf('GIF89a\x10\0\x20\0'), 'image/gif')).toEqual({ width: 16, height: 32 });
    expect(await size(webp('VP8X', [0, 0, 0, 0, 0x7f, 2, 0, 0xdf, 1, 0]), 'image/webp')).toEqual({
      width: 640,
      height: 480,
    });
    const bmp = Buffer.alloc(54);
    bmp.write('BM');
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(7, 18);
    bmp.writeInt32LE(-9, 22);
    expect(await size(new Uint8Array(bmp), 'image/bmp')).toEqual({ width: 7, height: 9 });
    const avif = bytesOf('\0\0\0\x14ispe\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\0\x14ispe\0\0\0\0\0\0\x10\0\0\0\x10\0');
    expect(await size(avif, 'image/avif')).toEqual({ width: 4096, height: 4096 });
  });

  it('of which a part is passed that a decoder would read are not measured', async () => {
    const [, , ...rest] = jpeg(10, 10);
    for (const marker of [0x00, 0x01, 0xd0, 0xd7, 0xd8]) {
      const bytes = new Uint8Array([0xff, 0xd8, 0xff, marker, 0, 4, 1, 1, ...rest]);
      expect(await imageSize(sourceOf(bytes), 'image/jpeg')).toBeNull();
    }
  });

  it('that would unfold into gigabytes are refused with a sentence', async () => {
    for (const bomb of [png(60_000, 60_000), png(4_000_000_000, 1), jpeg(65_535, 65_535)]) {
      const shown = await lookAt(bomb);
      expect(shown.kind).toBe('bytes');
      expect(shown.kind === 'bytes' && english(shown.why ?? '')).toMatch(/opening it would take gigabytes/);
    }
    expect(await lookAt(bytesOf('\x89PNG\r\n\x1a\n'))).toMatchObject({
      kind: 'bytes',
      why: expect.stringMatching(/does not say how large/),
    });
    const endless: Source = { size: 2 ** 40, read: async (from, to) => png(1, 1).subarray(from, to) };
    expect((await look(endless, 'x.png', null)).look).toMatchObject({
      kind: 'bytes',
      why: expect.stringMatching(/64 MiB/),
    });
  });

  it('are drawings where they are SVG; one with entities or endless repetition is text', async () => {
    const svg = (body: string) => lookAt(bytesOf(body), 'a.svg');
    expect(await svg('<svg xmlns="http://www.w3.org/2000/svg"/>')).toMatchObject({
      kind: 'image',
      what: 'SVG drawing',
    });
    expect(await svg('<?xml version="1.0"?>\n<!-- a -->\n<svg></svg>')).toMatchObject({ kind: 'image' });
    expect(await svg('<!DOCTYPE svg [<!ENTITY a "aa">]><svg>&a;</svg>')).toMatchObject({ kind: 'text' });
    const ten = (id: string): string => `<use href="${id}"/>`.repeat(10);
    const layers = (name: (i: number) => string): string =>
      Array.from({ length: 9 }, (_, i) => `<g id="a${i + 1}">${ten(name(i))}</g>`).join('');
    const glyphs = `<defs><path id="a" d="M0 0"/></defs>${'<use xlink:href="#a"/>'.repeat(2_000)}`;
    expect(await svg(`<svg>${glyphs}</svg>`)).toMatchObject({ kind: 'image' });
    expect(await svg(`<svg><path id="a0"/>${layers((i) => `#a${i}`)}</svg>`)).toMatchObject({ kind: 'text' });
    expect(await svg(`<svg><path id="a0"/>${layers((i) => `&#35;a${i}`)}</svg>`)).toMatchObject({ kind: 'text' });
    const masks = Array.from(
      { length: 9 },
      (_, i) => `<mask id="a${i + 1}" title=" id='x'>">${`<path style="mask: url( '#a${i}' )"/>`.repeat(10)}</mask>`,
    ).join('');
    expect(await svg(`<svg><mask id="a0"/>${masks}</svg>`)).toMatchObject({ kind: 'text' });
    expect(await svg('<svg><g id="a"><use href="#a"/></g></svg>')).toMatchObject({ kind: 'image' });
    expect(await svg(`<svg>${'<g id="a">'.repeat(50_000)}</svg>`)).toMatchObject({ kind: 'text' });
    expect(await svg(`<svg>${'<g a="'.repeat(150_000)}</svg>`)).toMatchObject({ kind: 'text' });
    expect(await svg(`${'<!---->'.repeat(500)}<svg></svg>`)).toMatchObject({ kind: 'image' });
    expect(await svg(`${'<!---->'.repeat(500)}x`)).toMatchObject({ kind: 'text' });
    expect(await svg('<html><svg></svg></html>')).toMatchObject({ kind: 'text', code: true });
  });
});

describe('text', () => {
  const all = async (bytes: Uint8Array): Promise<string[]> => {
    const source = sourceOf(bytes);
    const form = textForm(bytes.subarray(0, 65_536), bytes.length <= 65_536);
    if (form === null) throw new Error('no text');
    const lines: string[] = [];
    let pages = 0;
    for (let from: number | null = form.begin; from !== null && pages < 100; pages++) {
      const page = await textPage(source, form, from);
      for (const { start, text } of page.lines) {
        if (start) lines.push(text);
        else lines[lines.length - 1] += text;
        expect(text.length).toBeLessThanOrEqual(1_000);
      }
      expect(page.next === null || page.next > from).toBe(true);
      from = page.next;
    }
    return lines;
  };

  it('is UTF-8, UTF-16 with its mark, or Latin-1', async () => {
    expect(await all(new Uint8Array(Buffer.from('\ufeffäöü\r\nzwei')))).toEqual(['äöü', 'zwei']);
    expect(await all(new Uint8Array(Buffer.from('\ufeffäöü\n😀', 'utf16le')))).toEqual(['äöü', '😀']);
    expect(await all(bytesOf('\xfe\xff\0a\0\n\0b'))).toEqual(['a', 'b']);
    expect(await all(bytesOf('gr\xfc\xdfe\n'))).toEqual(['grüße']);
    expect(await lookAt(bytesOf('gr\xfc\xdfe'))).toMatchObject({ encoding: 'Latin-1' });
    expect(textForm(bytesOf('a\0b'), true)).toBeNull();
    expect(textForm(bytesOf('\x80\x81\x01\x02'), true)).toBeNull();
    expect(await lookAt(new Uint8Array(0))).toMatchObject({ kind: 'bytes', what: 'empty file' });
  });

  it('comes in pages of whole characters, whatever is in it', async () => {
    const characters = fc.constantFrom('a', 'ü', '漢', '😀', ' ', '\n', 'x'.repeat(900), '漢'.repeat(1500));
    await fc.assert(
      fc.asyncProperty(
        fc.array(characters, { minLength: 1, maxLength: 60 }),
        fc.constantFrom('utf8' as const, 'utf16le' as const),
        async (parts, encoding) => {
          const text = parts.join('').repeat(6) + 'end';
          const mark = encoding === 'utf16le' ? '\ufeff' : '';
          const lines = await all(new Uint8Array(Buffer.from(mark + text, encoding)));
          expect(lines.join('\n')).toBe(text);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('of one line of 3 MB stays in rows and pages', async () => {
    const text = '漢字'.repeat(500_000);
    expect((await all(new Uint8Array(Buffer.from(text)))).join('')).toBe(text);
  });
});

describe('any bytes', () => {
  it('get an answer, and a small one', async () => {
    const beginnings = [
      '',
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'RIFF....WEBP',
      'GIF89a',
      '....ftypavif',
      'BM',
      '<svg ',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 3000 }), async (beginning, rest) => {
        const shown = await lookAt(new Uint8Array([...bytesOf(beginning), ...rest]));
        expect(JSON.stringify(shown).length).toBeLessThan(60_000);
      }),
      { numRuns: 500 },
    );
  });
});

describe('addresses of previews', () => {
  it('are a random host and one of three parts, nothing else', () => {
    const id = '0123456789abcdef0123456789abcdef';
    expect(parsePreviewAddress(`preview://${id}/view`)).toEqual({ id, part: 'view', ref: null });
    expect(parsePreviewAddress(`preview://${id}/raw/12`)).toEqual({ id, part: 'raw', ref: 12 });
    for (const bad of [
      `preview://${id}/`,
      `preview://${id}/view?x`,
      `preview://${id}/view#x`,
      `preview://${id}:1/view`,
    ]) {
      expect(parsePreviewAddress(bad), bad).toBeNull();
    }
    expect(parsePreviewAddress('preview://me@0123456789abcdef0123456789abcdef/view')).toBeNull();
    expect(parsePreviewAddress('app://holdfast/view')).toBeNull();
  });
});
