import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import jsqr from 'jsqr';
import { PDFArray, PDFDict, PDFDocument, PDFName, PDFStream, type PDFRef } from 'pdf-lib';
import { describe, expect, test } from 'vitest';
import { keyFromDigits, keyGroups, keyQrText, toHex } from '../../main/keys/digits.ts';
import { recoveryKitPdf } from '../../main/keys/kit.ts';
import { canDraw, type KitContent } from '../../main/keys/kit-content.ts';
import { insideProtected, kitPlaceWarning, syncedFolderWarning } from '../../main/keys/kit-place.ts';
import { parseKeyText } from '../../main/keys/parse-digits.ts';
import { qrMatrix, type QrMatrix } from '../../main/keys/qr.ts';
import { rowChecks } from '../../main/keys/row-checks.ts';
import { RootKey } from '../../main/keys/secret.ts';
import { locale, say, speak } from '../../main/words/say.ts';

/** Reads a QR code with a decoder of another make, as a camera would see it: with its quiet zone, four pixels a module. */
function scan({ size, modules }: QrMatrix): string | undefined {
  const [zone, scale] = [4, 4];
  const side = (size + 2 * zone) * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [column, row] = [Math.floor(x / scale) - zone, Math.floor(y / scale) - zone];
      const inside = column >= 0 && column < size && row >= 0 && row < size;
      if (inside && modules[row * size + column]) pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  const read = (jsqr as unknown as { default?: typeof jsqr }).default ?? jsqr;
  return read(pixels, side, side)?.data;
}

interface Piece {
  x: number;
  y: number;
  text: string;
}

/** The texts of a page with their places, by the fonts' own tables of characters, as a viewer would copy them. */
function textOf(pdf: PDFDocument): Piece[] {
  const page = pdf.getPage(0);
  const fonts = page.node.Resources()?.lookup(PDFName.of('Font'), PDFDict);
  const maps = new Map<string, Map<string, string>>();
  for (const [name, ref] of fonts?.entries() ?? []) {
    const table = pdf.context.lookup(ref as PDFRef, PDFDict).lookup(PDFName.of('ToUnicode'), PDFStream);
    const cmap = inflateSync(table.getContents()).toString('latin1');
    const map = new Map<string, string>();
    for (const [, glyph, unicode] of cmap.matchAll(/<([0-9A-F]{4})>\s*<([0-9A-F]+)>/gi)) {
      map.set(
        glyph ?? '',
        Buffer.from(unicode ?? '', 'hex')
          .swap16()
          .toString('utf16le'),
      );
    }
    maps.set(name.asString(), map);
  }
  const contents = page.node.Contents();
  const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
  const code = streams
    .map((ref) => pdf.context.lookup(ref as PDFRef, PDFStream))
    .map((stream) => inflateSync(stream.getContents()).toString('latin1'))
    .join('\n');
  const pieces: Piece[] = [];
  for (const [, font, x, y, glyphs] of code.matchAll(
    /(\/\S+) \S+ Tf[\s\S]*?1 0 \S+ 1 (\S+) (\S+) Tm[\s\S]*?<([0-9A-F]*)> Tj/g,
  )) {
    const map = maps.get(font ?? '');
    const text = (glyphs?.match(/.{4}/g) ?? []).map((glyph) => map?.get(glyph) ?? '\ufffd').join('');
    pieces.push({ x: Number(x), y: Number(y), text });
  }
  return pieces;
}

/** Pieces on one baseline joined, top of the page first. */
function linesOf(pieces: Piece[]): string[] {
  const lines = new Map<number, Piece[]>();
  for (const piece of pieces) lines.set(Math.round(piece.y), [...(lines.get(Math.round(piece.y)) ?? []), piece]);
  return [...lines.entries()]
    .sort(([a], [b]) => b - a)
    .map(([, line]) =>
      line
        .sort((a, b) => a.x - b.x)
        .map(({ text }) => text)
        .join(''),
    );
}

const KEY = '7F3A09C4E51B66D23B9048AFD17C0E5592E6A8037D4FB1CC5E2194F06A8BC337';
const REPO = new Uint8Array(Buffer.from('0714212e3b4855626f7c8996a3b0bdca', 'hex'));
const content = (change: Partial<KitContent> = {}): KitContent => ({
  key: keyFromDigits(KEY),
  repoId: REPO,
  computerName: 'Maren’s MacBook',
  destinations: ['Google Drive', 'Loft NAS'],
  made: new Date('2026-11-12T12:00:00Z'),
  ...change,
});

describe('QR code', () => {
  test('of any key is read back by another decoder, as the key and repository that it names', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (bytes, repoId) => {
          const parsed = parseKeyText(scan(qrMatrix(keyQrText(new RootKey(bytes), repoId))) ?? '');
          expect(parsed.key.copy()).toEqual(bytes);
          expect(parsed.repoId).toEqual(repoId);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('is still read with a stain over its middle', () => {
    const matrix = qrMatrix(keyQrText(keyFromDigits(KEY), REPO));
    const [from, to] = [Math.floor(matrix.size / 2) - 4, Math.floor(matrix.size / 2) + 4];
    for (let y = from; y < to; y++) for (let x = from; x < to; x++) matrix.modules[y * matrix.size + x] = true;
    expect(scan(matrix)).toBe(keyQrText(keyFromDigits(KEY), REPO));
  });
});

describe('recovery kit', () => {
  test('is one A4 page that says everything a person needs', async () => {
    const pdf = await PDFDocument.load(await recoveryKitPdf(content()));
    expect(pdf.getPageCount()).toBe(1);
    expect(pdf.getPage(0).getSize()).toEqual({ width: 595.28, height: 841.89 });
    expect(pdf.getTitle()).toBe('Holdfast recovery kit');
    const lines = linesOf(textOf(pdf));
    const page = lines.join('\n');
    for (const text of [
      'Holdfast recovery kit',
      'Maren’s MacBook',
      'Google Drive and Loft NAS',
      '12 November 2026',
      '0714212e 3b485562 6f7c8996 a3b0bdca',
      'Install Holdfast on any computer.',
      'Restore an existing backup',
      'Scan the square, or type the rows A to D.',
      'node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt --target NEW-FOLDER',
      'Kept at',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain('\ufffd');
  });

  test('prints the digits of its key in rows A to D, each with its check', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (bytes) => {
        const key = new RootKey(bytes);
        const pieces = textOf(await PDFDocument.load(await recoveryKitPdf(content({ key }))));
        const digits = pieces.filter(({ text }) => /^[0-9A-F]$/.test(text) && text !== '');
        const rows = linesOf(digits).filter((line) => line.length === 16);
        expect(rows).toEqual(
          [0, 4, 8, 12].map((at) =>
            keyGroups(key)
              .slice(at, at + 4)
              .join(''),
          ),
        );
        const checks = linesOf(pieces).filter((line) => /^[A-D][G-Z]{2}$/.test(line));
        expect(checks).toEqual(rowChecks(REPO, key).map((check, r) => `${'ABCD'.charAt(r)}${check}`));
        expect(toHex(bytes).toUpperCase()).toBe(rows.join(''));
      }),
      { numRuns: 5 },
    );
  });

  test('takes any name: other scripts, no letters at all, hundreds of letters', async () => {
    for (const [computerName, shown] of [
      ['Łukasz’ Ноутбук', 'Łukasz’ Ноутбук'],
      ['Υπολογιστής', 'Υπολογιστής'],
      ['写真 PC', '?? PC'],
      ['', ''],
      ['line\nbreak\ttab', 'line break tab'],
      ['a'.repeat(500), '…'],
    ] as const) {
      const pdf = await PDFDocument.load(await recoveryKitPdf(content({ computerName, destinations: [] })));
      const pieces = textOf(pdf);
      expect(linesOf(pieces).join('\n')).toContain(shown);
      expect(pieces.every(({ x, y }) => x > 40 && x < 555 && y > 40 && y < 800)).toBe(true);
    }
  });

  test('is in the language of the app, in letters that its fonts have, on one page', async () => {
    expect(await recoveryKitPdf(content())).toEqual(await recoveryKitPdf(content()));
    for (const language of ['de', 'fr', 'es'] as const) {
      await speak(language);
      const words = { language, locale: locale(), say };
      const pdf = await PDFDocument.load(await recoveryKitPdf(content(), words));
      expect([pdf.getPageCount(), pdf.getTitle()]).toEqual([1, say('Holdfast recovery kit')]);
      const pieces = textOf(pdf);
      const page = linesOf(pieces).join('\n');
      for (const line of ['Install Holdfast on any computer.', 'Backup number', 'Without Holdfast']) {
        expect(page).toContain(say(line).replaceAll('\u00a0', ' '));
        expect(page).not.toContain(line);
      }
      expect(page).toContain(new Intl.DateTimeFormat(locale(), { dateStyle: 'long' }).format(content().made));
      expect(page).not.toMatch(/\ufffd|\?/);
      // US Letter is 50 points shorter than A4.
      expect(pieces.every(({ x, y }) => x > 40 && x < 555 && y > 842 - 792)).toBe(true);
    }
    await speak('en');
  });

  test('is left to another maker where its fonts lack the script', () => {
    expect(canDraw(['Maren’s MacBook — Łukasz’ Ноутбук (Υπολογιστής) 2'])).toBe(true);
    for (const name of ['حاسوب', '写真 PC', 'מחשב', 'คอม']) expect(canDraw(['PC', name])).toBe(false);
  });

  test('names three places and counts the rest', async () => {
    const destinations = ['A disk', 'B disk', 'C disk', 'D disk', 'E disk'];
    const lines = linesOf(textOf(await PDFDocument.load(await recoveryKitPdf(content({ destinations })))));
    expect(lines.join('\n')).toContain('A disk, B disk, C disk and 2 more');
  });

  test('cannot be made of a key that was wiped', async () => {
    const key = keyFromDigits(KEY);
    key.wipe();
    await expect(recoveryKitPdf(content({ key }))).rejects.toMatchObject({ code: 'locked' });
  });
});

describe('where a kit should not be saved', () => {
  test.each([
    ['linux', '/home/m/Dropbox/kit.pdf', 'Dropbox'],
    ['linux', '/home/m/Nextcloud/a/b/kit.pdf', 'Nextcloud'],
    ['linux', '/run/user/1000/gvfs/google-drive:host=gmail.com,user=m/kit.pdf', 'Google Drive'],
    ['darwin', '/Users/m/Library/Mobile Documents/com~apple~CloudDocs/kit.pdf', 'iCloud Drive'],
    ['darwin', '/Users/m/Library/CloudStorage/GoogleDrive-m@x.org/My Drive/kit.pdf', 'Google Drive'],
    ['darwin', '/Users/m/Library/CloudStorage/OneDrive-Personal/kit.pdf', 'OneDrive'],
    ['darwin', '/Users/m/Library/CloudStorage/Unknown-m/kit.pdf', 'a cloud service'],
    ['darwin', '/Users/m/Documents/kit.pdf', 'iCloud Drive'],
    ['darwin', '/Users/m/desktop/kit.pdf', 'iCloud Drive'],
    ['win32', 'C:\\Users\\m\\OneDrive - Firma GmbH\\Dokumente\\kit.pdf', 'OneDrive'],
    ['win32', 'C:\\Users\\m\\iCloudDrive\\kit.pdf', 'iCloud Drive'],
    ['win32', 'C:/Users/m/Dropbox (Personal)/kit.pdf', 'Dropbox'],
  ] as const)('%s: %s looks like %s', (platform, path, service) => {
    expect(syncedFolderWarning(path, { platform, home: '/Users/m' })?.english).toContain(service);
  });

  test.each([
    ['linux', '/home/m/kit.pdf'],
    ['linux', '/home/m/dropbox.pdf'],
    ['linux', '/home/m/Dropbox'],
    ['linux', '/home/m/Documents/kit.pdf'],
    ['linux', '/home/m/Dropbox/../kit.pdf'],
    ['darwin', '/Users/m/Downloads/kit.pdf'],
    ['darwin', '/Users/other/Documents/kit.pdf'],
    ['win32', 'E:\\kit.pdf'],
  ] as const)('%s: %s does not', (platform, path) => {
    expect(syncedFolderWarning(path, { platform, home: '/Users/m' })).toBeNull();
  });

  test('inside a source or the destination it is said, by the rules of the platform', () => {
    const inside = (path: string, platform: 'linux' | 'darwin' | 'win32' = 'linux'): string | null =>
      insideProtected(path, ['/home/m/Documents', '/srv'], ['/mnt/b', '/media/disk/Backup'], platform)?.english ?? null;
    expect(inside('/home/m/Documents/a/kit.pdf')).toBe(
      'Documents is part of this backup: if you lose the computer, you lose this copy of the key with it.',
    );
    expect(inside('/media/disk/Backup/kit.pdf')).toContain('This folder holds the backup');
    expect(inside('/home/m/Documents2/kit.pdf')).toBeNull();
    expect(inside('/home/m/Documents/../kit.pdf')).toBeNull();
    expect(inside('/home/m/documents/kit.pdf')).toBeNull();
    expect(inside('/home/m/documents/kit.pdf', 'darwin')).not.toBeNull();
    expect(insideProtected('c:\\users\\M\\kit.pdf', ['C:\\Users\\m'], [], 'win32')?.english).toContain('m is part');
    expect(insideProtected('/anything/kit.pdf', ['/'], [], 'linux')).not.toBeNull();
  });

  test('all that speaks against a place is said at once', () => {
    const warning = kitPlaceWarning('/home/m/Dropbox/kit.pdf', ['/home/m'], [], { platform: 'linux' });
    expect(warning?.english).toMatch(/^Keep the kit outside what it opens\. m is part of this backup.*Dropbox copies/);
    expect(kitPlaceWarning('/media/stick/kit.pdf', ['/home/m'], [], { platform: 'linux' })).toBeNull();
  });
});
