/** The recovery kit: one printed page with which a person, years later, gets the files back. */
import { PDFDocument } from 'pdf-lib';
import { keyGroups, keyQrText, ROW_GROUPS, ROWS, toHex } from './digits.ts';
import { ACCENT, embedFonts, INK, INK_2, INK_3, Pen, type Fonts, type TextStyle } from './kit-page.ts';
import { qrMatrix } from './qr.ts';
import { rowChecks } from './row-checks.ts';
import type { RootKey } from './secret.ts';

export interface KitContent {
  key: RootKey;
  /** 16 bytes. */
  repoId: Uint8Array;
  /** The computer that the backup is of, e.g. "Maren’s MacBook". */
  computerName: string;
  /** Where it is kept, in the words of the app: "Folder /media/disk/Backups", "Google Drive". */
  destinations: string[];
  /** Printed as a date, and the PDF's own date. */
  made: Date;
}

const A4 = [595.28, 841.89] as const;
const MARGIN = 62;
const QR_SIDE = 148;
const COMMAND = 'node restore.mjs --repo BACKUP-FOLDER --key-file KEY.txt --target NEW-FOLDER';

const STEPS = [
  'Install Holdfast on any computer.',
  'Choose “Restore an existing backup” and connect to the place named above.',
  'Scan the square, or type the rows A to D.',
];

/**
 * Makes the kit as a PDF: one A4 page whose content also fits US Letter. Whoever reads these bytes can open the backup:
 * they go to the place that the person chose, or to the printer, and nowhere else.
 *
 * @throws HoldfastError `locked` once the key is wiped
 */
export async function recoveryKitPdf(content: KitContent): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.setTitle('Holdfast recovery kit');
  pdf.setLanguage('en');
  pdf.setCreator('Holdfast');
  pdf.setProducer('Holdfast');
  pdf.setCreationDate(content.made);
  pdf.setModificationDate(content.made);
  const fonts = await embedFonts(pdf, [content.computerName, ...content.destinations]);
  const pen = new Pen(pdf.addPage([...A4]));

  drawHead(pen, fonts);
  drawFacts(pen, fonts, content);
  drawKey(pen, fonts, content);
  drawSteps(pen, fonts);
  drawFoot(pen, fonts);
  return pdf.save();
}

function drawHead(pen: Pen, fonts: Fonts): void {
  pen.mark(MARGIN - 3, 54, 28);
  pen.text('Holdfast recovery kit', MARGIN + 34, 74, { face: fonts.strong, size: 17, color: ACCENT });
  pen.line(MARGIN, 96, pen.width - MARGIN);
}

function drawFacts(pen: Pen, fonts: Fonts, content: KitContent): void {
  const width = pen.width - 2 * MARGIN - QR_SIDE - 28;
  const label: TextStyle = { face: fonts.regular, size: 8.5, color: INK_3 };
  const value: TextStyle = { face: fonts.strong, size: 12, color: INK };
  const made = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' }).format(content.made);
  const id = (toHex(content.repoId).match(/.{8}/g) ?? []).join(' ');
  const facts: [string, string][] = [
    ['Opens the backup of', content.computerName],
    ['Kept in', listed(content.destinations)],
    ['Made', made],
    ['Backup number', id],
  ];
  facts.forEach(([name, text], i) => {
    const y = 125 + i * 39;
    pen.text(name, MARGIN, y, label);
    pen.fitted(text, MARGIN, y + 15.5, width, name === 'Backup number' ? { ...value, size: 10 } : value);
  });
  pen.qr(qrMatrix(keyQrText(content.key, content.repoId)), pen.width - MARGIN - QR_SIDE, 118, QR_SIDE);
}

function drawKey(pen: Pen, fonts: Fonts, content: KitContent): void {
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
  pen.text(
    'Digits 0 to 9 and letters A to F. The two letters at the end of a row only check it: they are not part of the key.',
    MARGIN,
    top + ROWS.length * rowHeight + 43,
    { face: fonts.regular, size: 8.5, color: INK_3 },
  );
}

function drawSteps(pen: Pen, fonts: Fonts): void {
  const width = pen.width - 2 * MARGIN;
  const heading: TextStyle = { face: fonts.strong, size: 12, color: INK };
  const body: TextStyle = { face: fonts.regular, size: 10.5, color: INK_2 };
  let y = 552;
  pen.text('To get your files back', MARGIN, y, heading);
  y += 21;
  STEPS.forEach((step, i) => {
    pen.text(String(i + 1), MARGIN, y, { face: fonts.strong, size: 10.5, color: ACCENT });
    y = pen.paragraph(step, MARGIN + 18, y, width - 18, 15, body) + 2;
  });
  y += 14;
  pen.text('Without Holdfast', MARGIN, y, heading);
  y = pen.paragraph(
    'The small program restore.mjs comes with Holdfast and is saved with the PDF of this page. It needs only Node.js 20 ' +
      'or newer. Write the 64 digits, without the letters round them, into a text file KEY.txt, and run:',
    MARGIN,
    y + 18,
    width,
    15,
    body,
  );
  pen.text(COMMAND, MARGIN, y + 6, { face: fonts.strong, size: 10.5, color: INK });
}

function drawFoot(pen: Pen, fonts: Fonts): void {
  const body: TextStyle = { face: fonts.regular, size: 9.5, color: INK_2 };
  const y = pen.paragraph(
    'Whoever has this page can open the backup; if it is lost, nobody can print it for you again. Keep two copies, in ' +
      'two places, away from the computer.',
    MARGIN,
    738,
    pen.width - 2 * MARGIN,
    14,
    body,
  );
  pen.text('Kept at', MARGIN, y + 18, { face: fonts.regular, size: 8.5, color: INK_3 });
  pen.line(MARGIN + 40, y + 20, pen.width - MARGIN, INK_3);
}

/** "Google Drive, Loft NAS and 2 more". */
function listed(names: readonly string[]): string {
  if (names.length === 0) return 'not chosen yet';
  const more = names.length - 3;
  return names.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
