/** QR codes as a square of modules, for the kit's page and for the screen. */
import QRCode from 'qrcode';

export interface QrMatrix {
  /** Modules a side, without the quiet zone of 4 modules that has to be left round it. */
  size: number;
  /** size x size, row by row; true is dark. */
  modules: boolean[];
}

/**
 * The QR code of a text (ISO/IEC 18004), error correction level Q: a quarter of it may be creased or stained.
 *
 * @param text up to 1,000 characters
 */
export function qrMatrix(text: string): QrMatrix {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'Q' });
  return { size: modules.size, modules: Array.from(modules.data, (module) => module !== 0) };
}
