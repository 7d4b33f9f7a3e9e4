/** What a file is by its first bytes, whatever its name says. */
import { phrase } from '../text.ts';

export type Kind =
  | { is: 'image'; what: string; type: string }
  | { is: 'audio' | 'video'; what: string; type: string }
  | { is: 'pdf'; what: string }
  | { is: 'other'; what: string; why: string | null };

/** Bytes from the beginning that have to be there for `kindOf`. */
export const KIND_BYTES = 4096;

const image = (what: string, type: string): Kind => ({ is: 'image', what, type });
const audio = (what: string, type: string): Kind => ({ is: 'audio', what, type });
const video = (what: string, type: string): Kind => ({ is: 'video', what, type });
const other = (what: string, why: string | null = null): Kind => ({ is: 'other', what, why });

const NO_DECODER = phrase('Holdfast has nothing that can show it. Restore it to open it.');

/** Beginnings in latin1, the longest that fits first. */
const BEGINNINGS: readonly (readonly [string, Kind])[] = [
  ['\x89PNG\r\n\x1a\n', image(phrase('PNG picture'), 'image/png')],
  ['\xff\xd8\xff', image(phrase('JPEG picture'), 'image/jpeg')],
  ['GIF87a', image(phrase('GIF picture'), 'image/gif')],
  ['GIF89a', image(phrase('GIF picture'), 'image/gif')],
  ['ID3', audio(phrase('MP3 sound'), 'audio/mpeg')],
  ['fLaC', audio(phrase('FLAC sound'), 'audio/flac')],
  ['\x1a\x45\xdf\xa3', video(phrase('Matroska or WebM video'), 'video/webm')],
  ['%PDF-', { is: 'pdf', what: phrase('PDF document') }],
  ['II*\0', other(phrase('TIFF picture'), NO_DECODER)],
  ['MM\0*', other(phrase('TIFF picture'), NO_DECODER)],
  ['8BPS', other(phrase('Photoshop picture'), NO_DECODER)],
  ['PK\x03\x04', other(phrase('ZIP archive'))],
  ['PK\x05\x06', other(phrase('empty ZIP archive'))],
  ['\x1f\x8b', other(phrase('gzip archive'))],
  ['BZh', other(phrase('bzip2 archive'))],
  ['\xfd7zXZ\0', other(phrase('xz archive'))],
  ['\x28\xb5\x2f\xfd', other(phrase('Zstandard archive'))],
  ["7z\xbc\xaf'\x1c", other(phrase('7-Zip archive'))],
  ['Rar!\x1a\x07', other(phrase('RAR archive'))],
  ['\x7fELF', other(phrase('Linux program or library'))],
  ['MZ', other(phrase('Windows program or library'))],
  ['\xcf\xfa\xed\xfe', other(phrase('macOS program or library'))],
  ['\xca\xfe\xba\xbe', other(phrase('macOS program or Java class'))],
  ['\0asm', other(phrase('WebAssembly program'))],
  ['SQLite format 3\0', other(phrase('SQLite database'))],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', other(phrase('older Office document'), NO_DECODER)],
  ['wOFF', other(phrase('font'))],
  ['wOF2', other(phrase('font'))],
  ['OTTO', other(phrase('font'))],
  ['\0\x01\0\0\0', other(phrase('font'))],
];

/** Null where nothing is known of it, text among them. */
export function kindOf(head: Uint8Array): Kind | null {
  const text = Buffer.from(head.subarray(0, KIND_BYTES)).toString('latin1');
  const riff = text.startsWith('RIFF') ? text.slice(8, 12) : '';
  if (riff === 'WEBP') return image(phrase('WebP picture'), 'image/webp');
  if (riff === 'WAVE') return audio(phrase('WAV sound'), 'audio/wav');
  if (riff === 'AVI ') return other(phrase('AVI video'), NO_DECODER);
  if (text.slice(4, 8) === 'ftyp') return movieKind(text);
  if (text.startsWith('OggS')) {
    return text.includes('theora') ? video(phrase('Ogg video'), 'video/ogg') : audio(phrase('Ogg sound'), 'audio/ogg');
  }
  if (text.startsWith('BM') && isBitmap(head)) return image(phrase('BMP picture'), 'image/bmp');
  if (text.slice(257, 262) === 'ustar') return other(phrase('tar archive'));
  const found = BEGINNINGS.find(([beginning]) => text.startsWith(beginning))?.[1];
  if (found?.is === 'other' && text.startsWith('PK\x03\x04')) return zipKind(text);
  if (found !== undefined) return found;
  return isMpegSound(head)
    ? audio(head[1] !== undefined && (head[1] & 6) === 0 ? phrase('AAC sound') : phrase('MP3 sound'), 'audio/mpeg')
    : null;
}

function movieKind(text: string): Kind {
  const brands = text.slice(8, Math.min(text.length, 64));
  const main = text.slice(8, 12);
  if (/avif|avis/.test(brands)) return image(phrase('AVIF picture'), 'image/avif');
  if (/heic|heix|hevc|mif1|msf1/.test(main)) return other(phrase('HEIC picture'), NO_DECODER);
  if (main.startsWith('M4A') || main.startsWith('M4B')) return audio(phrase('AAC sound'), 'audio/mp4');
  return video(main.startsWith('qt') ? phrase('QuickTime video') : phrase('MP4 video'), 'video/mp4');
}

function zipKind(text: string): Kind {
  if (text.startsWith('mimetypeapplication/vnd.oasis', 30)) return other(phrase('OpenDocument file'), NO_DECODER);
  if (text.startsWith('mimetypeapplication/epub', 30)) return other(phrase('EPUB book'), NO_DECODER);
  if (text.startsWith('[Content_Types].xml', 30)) return other(phrase('Office document'), NO_DECODER);
  return other(phrase('ZIP archive'));
}

/** The length of the second header is one of the few there are: `BM` alone begins many texts. */
function isBitmap(head: Uint8Array): boolean {
  return head.length > 26 && [12, 40, 52, 56, 64, 108, 124].includes(new DataView(viewOf(head)).getUint32(14, true));
}

const viewOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes.subarray(0, 32)).buffer;

/** Frame header of MPEG audio: eleven ones, then a version, a layer and a rate that exist. */
function isMpegSound(head: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0] = head;
  if (a !== 0xff || (b & 0xe0) !== 0xe0 || head.length < 4) return false;
  const adts = (b & 0xf6) === 0xf0;
  const layer = (b >> 1) & 3;
  const version = (b >> 3) & 3;
  return adts || (layer !== 0 && version !== 1 && c >> 4 !== 15 && ((c >> 2) & 3) !== 3 && c >> 4 !== 0);
}
