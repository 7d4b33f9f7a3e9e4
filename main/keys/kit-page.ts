/** Drawing on the kit's page: Inter in two weights, colours, lines of text that fit, the mark and the QR code. */
import fontkit from '@pdf-lib/fontkit';
import { PDFDocument, rgb, type Color, type PDFFont, type PDFPage } from 'pdf-lib';
import type { QrMatrix } from './qr.ts';
import { woffToSfnt } from './woff.ts';

export const INK = hex('19211e');
export const INK_2 = hex('4c5652');
export const INK_3 = hex('656e6a');
export const ACCENT = hex('0b5d4e');
export const HAIRLINE = hex('d5d2c9');
export const PAPER = hex('fbfaf7');

/** The mark of brand/mark.svg, in a square of 64. */
const MARK =
  'M29 7a3 3 0 0 1 6 0v6.2c0 5.6 8.8 8.6 14.9 14.4 5.7 5.4 9.1 11.4 9 18.3-.1 5.8-3 10.6-7.7 13.6a2.45 2.45 0 0 1-3.3-.7 ' +
  '2.45 2.45 0 0 1 .65-3.35c3-2.05 4.5-5.3 4.55-9.25.1-5-2.3-9.4-6.9-13.6C41 27.6 34 25.6 32 21.4c-2 4.2-9 6.2-14.2 ' +
  '11.2-4.6 4.2-7 8.6-6.9 13.6.05 3.95 1.55 7.2 4.55 9.25a2.45 2.45 0 0 1 .65 3.35 2.45 2.45 0 0 1-3.3.7c-4.7-3-7.6-7.8' +
  '-7.7-13.6-.1-6.9 3.3-12.9 9-18.3C20.2 21.8 29 18.8 29 13.2Z' +
  'M32 30.5c9.6 0 15.6 6.2 15.6 13.7S41.4 58 32 58s-15.6-6.3-15.6-13.8S22.4 30.5 32 30.5Z';

/** A face is a list of fonts: each covers other letters, the first that has a letter draws it. */
export type Face = PDFFont[];

export interface Fonts {
  regular: Face;
  strong: Face;
}

/** Contextual forms cost much and change nothing that the kit prints. */
const FEATURES = { calt: false };

/**
 * Embeds Inter in a document, subset to what is drawn. Latin, and Greek and Cyrillic only where `texts` need them.
 */
export async function embedFonts(pdf: PDFDocument, texts: readonly string[]): Promise<Fonts> {
  pdf.registerFontkit(fontkit);
  const data = await import('./kit-fonts.ts');
  const embed = async (base64: string): Promise<PDFFont> =>
    pdf.embedFont(woffToSfnt(Buffer.from(base64, 'base64')), { subset: true, features: FEATURES });
  const regular = await embed(data.REGULAR);
  const strong = await embed(data.STRONG);
  const covered = new Set(strong.getCharacterSet());
  const others: PDFFont[] = [];
  if ([...texts.join('')].some((letter) => !covered.has(letter.codePointAt(0) ?? 0))) {
    for (const base64 of [data.STRONG_LATIN_EXT, data.STRONG_CYRILLIC, data.STRONG_GREEK]) {
      others.push(await embed(base64));
    }
  }
  return { regular: [regular], strong: [strong, ...others] };
}

export interface TextStyle {
  face: Face;
  /** Points. */
  size: number;
  color: Color;
}

/** A pen on one page: x and y in points from the top left corner, y at the baseline of text. */
export class Pen {
  readonly #page: PDFPage;
  readonly #letters = new Map<PDFFont, Set<number>>();

  constructor(page: PDFPage) {
    this.#page = page;
  }

  get width(): number {
    return this.#page.getWidth();
  }

  /** Draws one line; letters that no font has become `?`. */
  text(text: string, x: number, y: number, style: TextStyle): void {
    let at = x;
    for (const { font, part } of this.#runs(text, style.face)) {
      const options = { x: at, y: this.#up(y), size: style.size, font, color: style.color };
      this.#page.drawText(part, options);
      at += font.widthOfTextAtSize(part, style.size);
    }
  }

  /** Draws one line round its middle `x`. */
  centred(text: string, x: number, y: number, style: TextStyle): void {
    this.text(text, x - this.measure(text, style) / 2, y, style);
  }

  measure(text: string, style: TextStyle): number {
    return this.#runs(text, style.face).reduce(
      (sum, { font, part }) => sum + font.widthOfTextAtSize(part, style.size),
      0,
    );
  }

  /** Draws `text` broken at spaces to `width`, and returns the baseline below its last line. */
  paragraph(text: string, x: number, y: number, width: number, leading: number, style: TextStyle): number {
    let line = '';
    let at = y;
    for (const word of text.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && this.measure(longer, style) > width) {
        this.text(line, x, at, style);
        at += leading;
        line = word;
      } else {
        line = longer;
      }
    }
    this.text(line, x, at, style);
    return at + leading;
  }

  /** Draws one line no wider than `width`: the end of a longer text becomes an ellipsis. */
  fitted(text: string, x: number, y: number, width: number, style: TextStyle): void {
    const letters = [...text.normalize('NFC').replace(/\s+/g, ' ').trim()];
    if (letters.length <= 100 && this.measure(letters.join(''), style) <= width) {
      this.text(letters.join(''), x, y, style);
      return;
    }
    let used = this.measure('…', style);
    const end = letters.findIndex((letter) => (used += this.measure(letter, style)) > width);
    this.text(`${letters.slice(0, end).join('').trimEnd()}…`, x, y, style);
  }

  line(x: number, y: number, toX: number, color: Color = HAIRLINE): void {
    this.#page.drawLine({
      start: { x, y: this.#up(y) },
      end: { x: toX, y: this.#up(y) },
      thickness: 0.75,
      color,
    });
  }

  /** A box with rounded corners. */
  box(x: number, y: number, width: number, height: number, radius: number): void {
    const [w, h, r] = [width, height, radius];
    const path =
      `M${r} 0H${w - r}A${r} ${r} 0 0 1 ${w} ${r}V${h - r}A${r} ${r} 0 0 1 ${w - r} ${h}` +
      `H${r}A${r} ${r} 0 0 1 0 ${h - r}V${r}A${r} ${r} 0 0 1 ${r} 0Z`;
    this.#page.drawSvgPath(path, { x, y: this.#up(y), color: PAPER, borderColor: HAIRLINE, borderWidth: 0.75 });
  }

  mark(x: number, y: number, size: number): void {
    this.#page.drawSvgPath(MARK, { x, y: this.#up(y), scale: size / 64, color: ACCENT });
  }

  /** Dark modules as one path, so that no viewer shows seams between them. */
  qr(matrix: QrMatrix, x: number, y: number, side: number): void {
    const { size, modules } = matrix;
    let path = '';
    for (let row = 0; row < size; row++) {
      for (let from = 0; from < size; from++) {
        if (!modules[row * size + from]) continue;
        let to = from;
        while (to < size && modules[row * size + to]) to++;
        path += `M${from} ${row}h${to - from}v1h${from - to}z`;
        from = to;
      }
    }
    this.#page.drawSvgPath(path, { x, y: this.#up(y), scale: side / size, color: INK });
  }

  #up(y: number): number {
    return this.#page.getHeight() - y;
  }

  #runs(text: string, face: Face): { font: PDFFont; part: string }[] {
    const runs: { font: PDFFont; part: string }[] = [];
    // Spaces of other widths, which French sets before its colons, are not in every font.
    for (const letter of text.replace(/[\u00a0\u2009\u202f]/g, ' ')) {
      const covering = face.find((font) => this.#covers(font, letter));
      const font = covering ?? face[0];
      if (font === undefined) throw new RangeError('a face has at least one font');
      const part = covering === undefined ? '?' : letter;
      const last = runs.at(-1);
      if (last?.font === font) last.part += part;
      else runs.push({ font, part });
    }
    return runs;
  }

  #covers(font: PDFFont, letter: string): boolean {
    let letters = this.#letters.get(font);
    if (letters === undefined) this.#letters.set(font, (letters = new Set(font.getCharacterSet())));
    return letters.has(letter.codePointAt(0) ?? 0);
  }
}

function hex(color: string): Color {
  const channel = (at: number): number => Number.parseInt(color.slice(at, at + 2), 16) / 255;
  return rgb(channel(0), channel(2), channel(4));
}
