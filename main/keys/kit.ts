/** The recovery kit: one printed page with which a person, years later, gets the files back. */
import { PDFDocument } from 'pdf-lib';
import { english, type Text } from '../text.ts';
import { keyGroups, keyQrText, ROW_GROUPS, ROWS, toHex } from './digits.ts';
import { kept, type KitContent } from './kit-content.ts';
import { ACCENT, embedFonts, INK, INK_2, INK_3, Pen, type Fonts, type TextStyle } from './kit-page.ts';
import { qrMatrix } from './qr.ts';
import { rowChecks } from './row-checks.ts';

/** The language of a kit. */
export interface KitWords {
  /** Its code, such as `de`. */
  language: string;
  /** For Intl. */
  locale: string;
  say: (said: string | Text) => string;
}

const ENGLISH: KitWords = { language: 'en', locale: 'en-GB', say: english };

const A4 = [595.28, 841.89] as const;
const MARGIN = 62;
const QR_SIDE = 148;
const COMMAND = 'node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt --target NEW-FOLDER';

/** Top of the last lines: their place in English, and what still lies inside of US Letter where others take more. */
const FOOT = 738;

/**
 * Makes the kit as a PDF: one A4 page whose content also fits US Letter. Whoever reads these bytes can open the backup:
 * they go to the place that the person chose, or to the printer, and nowhere else. The same content gives the same page.
 *
 * @param words of a language that `canDraw`
 * @throws HoldfastError `locked` once the key is wiped
 */
export async function recoveryKitPdf(content: KitContent, words: KitWords = ENGLISH): Promise<Uint8Array> {
  const { say } = words;
  const pdf = await PDFDocument.create();
  pdf.setTitle(say('Holdfast recovery kit'));
  pdf.setLanguage(words.language);
  pdf.setCreator('Holdfast');
  pdf.setProducer('Holdfast');
  pdf.setCreationDate(content.made);
  pdf.setModificationDate(content.made);
  const fonts = await embedFonts(pdf, [content.computerName, ...content.destinations]);
  const pen = new Pen(pdf.addPage([...A4]));

  drawHead(pen, fonts, words);
  drawFacts(pen, fonts, content, words);
  drawKey(pen, fonts, content, words);
  drawFoot(pen, fonts, drawSteps(pen, fonts, words), words);
  return pdf.save();
}

function drawHead(pen: Pen, fonts: Fonts, { say }: KitWords): void {
  pen.mark(MARGIN - 3, 54, 28);
  pen.text(say('Holdfast recovery kit'), MARGIN + 34, 74, { face: fonts.strong, size: 17, color: ACCENT });
  pen.line(MARGIN, 96, pen.width - MARGIN);
}

function drawFacts(pen: Pen, fonts: Fonts, content: KitContent, { say, locale }: KitWords): void {
  const width = pen.width - 2 * MARGIN - QR_SIDE - 28;
  const label: TextStyle = { face: fonts.regular, size: 8.5, color: INK_3 };
  const value: TextStyle = { face: fonts.strong, size: 12, color: INK };
  const made = new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(content.made);
  const id = (toHex(content.repoId).match(/.{8}/g) ?? []).join(' ');
  const facts: [string, string][] = [
    [say('Opens the backup of'), content.computerName],
    [say('Kept in'), say(kept(content.destinations))],
    [say('Made'), made],
    [say('Backup number'), id],
  ];
  facts.forEach(([name, fact], i) => {
    const y = 125 + i * 39;
    pen.text(name, MARGIN, y, label);
    pen.fitted(fact, MARGIN, y + 15.5, width, fact === id ? { ...value, size: 10 } : value);
  });
  pen.qr(qrMatrix(keyQrText(content.key, content.repoId)), pen.width - MARGIN - QR_SIDE, 118, QR_SIDE);
}

function drawKey(pen: Pen, fonts: Fonts, content: KitContent, { say }: KitWords): void {
  const top = 300;
  const width = pen.width - 2 * MARGIN;
  const [rowHeight, cell, gap] = [43, 17.6, 22];
  const digits: TextStyle = { face: fonts.strong, size: 23, color: INK };
  const label: TextStyle = { face: fonts.regular, size: 11, color: INK_3 };
  pen.box(MARGIN, top, width, ROWS.length * rowHeight + 24, 6);

  const groups = keyGroups(content.key);
  const checks = rowChecks(content.repoId, content.key);
  const groupWidth = 4 * cell + gap;
  const firstGroup = MARGIN + 54;
  ROWS.forEach((row, r) => {
    const y = top + 41.5 + r * rowHeight;
    pen.text(row, MARGIN + 20, y - 3.5, label);
    for (let g = 0; g < ROW_GROUPS; g++) {
      const x = firstGroup + g * groupWidth;
      [...(groups[r * ROW_GROUPS + g] ?? '')].forEach((digit, d) => {
        pen.centred(digit, x + (d + 0.5) * cell, y, digits);
      });
    }
    pen.text(checks[r] ?? '', firstGroup + ROW_GROUPS * groupWidth + 6, y - 3.5, { ...label, color: INK_2, size: 13 });
  });
  pen.paragraph(
    say(
      'Digits 0 to 9 and letters A to F. The two letters at the end of a row only check it: they are not part of the key.',
    ),
    MARGIN,
    top + ROWS.length * rowHeight + 43,
    width,
    11,
    { face: fonts.regular, size: 8.5, color: INK_3 },
  );
}

/** @returns the baseline below its last line */
function drawSteps(pen: Pen, fonts: Fonts, { say }: KitWords): number {
  const width = pen.width - 2 * MARGIN;
  const heading: TextStyle = { face: fonts.strong, size: 12, color: INK };
  const body: TextStyle = { face: fonts.regular, size: 10.5, color: INK_2 };
  let y = 552;
  pen.text(say('To get your files back'), MARGIN, y, heading);
  y += 21;
  const steps = [
    say('Install Holdfast on any computer.'),
    say('Choose “Restore an existing backup” and connect to the place named above.'),
    say('Scan the square, or type the rows A to D.'),
  ];
  steps.forEach((step, i) => {
    pen.text(String(i + 1), MARGIN, y, { face: fonts.strong, size: 10.5, color: ACCENT });
    y = pen.paragraph(step, MARGIN + 18, y, width - 18, 15, body) + 2;
  });
  y += 14;
  pen.text(say('Without Holdfast'), MARGIN, y, heading);
  y = pen.paragraph(
    say(
      'The small program restore.mjs comes with Holdfast and is saved with the PDF of this page. It needs only Node.js 20 ' +
        'or newer. Write the 64 digits, without the letters round them, into a text file KEY.txt, and run:',
    ),
    MARGIN,
    y + 18,
    width,
    15,
    body,
  );
  pen.text(COMMAND, MARGIN, y + 6, { face: fonts.strong, size: 10.5, color: INK });
  return y + 6;
}

/** @param below what was drawn last */
function drawFoot(pen: Pen, fonts: Fonts, below: number, { say }: KitWords): void {
  const body: TextStyle = { face: fonts.regular, size: 9.5, color: INK_2 };
  const y = pen.paragraph(
    say(
      'Whoever has this page can open the backup; if it is lost, nobody can print it for you again. Keep two copies, in ' +
        'two places, away from the computer.',
    ),
    MARGIN,
    Math.max(FOOT, below + 22),
    pen.width - 2 * MARGIN,
    14,
    body,
  );
  const label: TextStyle = { face: fonts.regular, size: 8.5, color: INK_3 };
  pen.text(say('Kept at'), MARGIN, y + 18, label);
  pen.line(MARGIN + pen.measure(say('Kept at'), label) + 10, y + 20, pen.width - MARGIN, INK_3);
}
