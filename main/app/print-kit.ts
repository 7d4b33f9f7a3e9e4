/**
 * Prints the key kit, and makes it a PDF where its words want a shaper that the kit's own maker lacks (Arabic, and names
 * in scripts of the far east). To be printed, a PDF would have to pass through a file, and Chromium's PDF viewer is an
 * extension that the windows' posture does not allow. So the kit is a page of its own, answered from memory to a hidden
 * window without scripts, without a preload, in a session of its own that is never written to disk, and forgotten
 * when the system's print dialog is done. What the printer's own queue keeps is the system's and cannot be helped.
 */
import { createHash } from 'node:crypto';
import { BrowserWindow, session } from 'electron';
import { HoldfastError } from '../errors.ts';
import type { KitContent } from '../keys/kit-content.ts';
import { kitPrintPage, PRINT_STYLE } from './kit-print-page.ts';
import { spoken } from '../words/say.ts';
import { WEB_PREFERENCES } from './posture.ts';

const ADDRESS = 'kit://print/';
/** No "persist:" in front: such a session lives in memory only. */
const PARTITION = 'holdfast-print';

/**
 * Shows the system's print dialog for the kit; resolves when it is closed, also if the user cancelled.
 * @throws HoldfastError `internal` where nothing can be printed
 */
export async function printKit(content: KitContent): Promise<void> {
  await withPage(content, async ({ webContents }) => {
    const problem = await new Promise<string | null>((resolve) => {
      webContents.print({ printBackground: true }, (done, reason) => resolve(done ? null : reason));
    });
    if (problem !== null && !/cancel/i.test(problem)) throw cannotPrint(problem);
  });
}

/** The page as the bytes of a PDF, in memory only. Whoever reads them can open the backup. */
export async function kitPagePdf(content: KitContent): Promise<Uint8Array> {
  return await withPage(content, async ({ webContents }) => {
    const made = await webContents.printToPDF({ printBackground: true, preferCSSPageSize: true });
    try {
      const { PDFDocument } = await import('pdf-lib');
      const pdf = await PDFDocument.load(made, { updateMetadata: false });
      // As those of the kit's own maker: no trace of when and with what it was made beyond what the page says.
      pdf.setLanguage(spoken());
      pdf.setCreator('Holdfast');
      pdf.setProducer('Holdfast');
      pdf.setCreationDate(content.made);
      pdf.setModificationDate(content.made);
      return await pdf.save();
    } finally {
      // Only now: what is loaded are views of it.
      made.fill(0);
    }
  });
}

async function withPage<T>(content: KitContent, use: (window: BrowserWindow) => Promise<T>): Promise<T> {
  const printing = session.fromPartition(PARTITION, { cache: false });
  const page = kitPrintPage(content);
  printing.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  printing.webRequest.onBeforeRequest((details, answer) => answer({ cancel: details.url !== ADDRESS }));
  printing.protocol.handle('kit', () => new Response(page, { headers: printHeaders() }));
  const window = new BrowserWindow({
    show: false,
    webPreferences: { ...WEB_PREFERENCES, javascript: false, session: printing },
  });
  try {
    await window.loadURL(ADDRESS);
    return await use(window);
  } finally {
    window.destroy();
    printing.protocol.unhandle('kit');
    await printing.clearData();
  }
}

function printHeaders(): Record<string, string> {
  const style = createHash('sha256').update(PRINT_STYLE).digest('base64');
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'`,
    'Cache-Control': 'no-store',
  };
}

function cannotPrint(reason: string): HoldfastError {
  return new HoldfastError(
    'internal',
    'The kit could not be printed.',
    'Connect a printer and try again, or save the kit as a PDF and print that. Your key is unchanged.',
    { severity: 'notice', detail: reason },
  );
}
