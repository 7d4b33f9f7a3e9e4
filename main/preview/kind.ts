/** What a file is by its first bytes, whatever its name says. */

export type Kind =
  | { is: 'image'; what: string; type: string }
  | { is: 'audio' | 'video'; what: string; type: string }
  | { is: 'other'; what: string; why: string | null };

/** Bytes from the beginning that have to be there for `kindOf`. */
export const KIND_BYTES = 4096;

const image = (what: string, type: string): Kind => ({ is: 'image', what: `${what} picture`, type });
const audio = (what: string, type: string): Kind => ({ is: 'audio', what: `${what} sound`, type });
const video = (what: string, type: string): Kind => ({ is: 'video', what: `${what} video`, type });
const other = (what: string, why: string | null = null): Kind => ({ is: 'other', what, why });

const PDF =
  'PDFs are not shown here: it would take a program inside this window that runs what is in them. Restore it to open it.';
const NO_DECODER = 'Holdfast has nothing that can show it. Restore it to open it.';

/** Beginnings in latin1, the longest that fits first. */
const BEGINNINGS: readonly (readonly [string, Kind])[] = [
  ['\x89PNG\r\n\x1a\n', image('PNG', 'image/png')],
  ['\xff\xd8\xff', image('JPEG', 'image/jpeg')],
  ['GIF87a', image('GIF', 'image/gif')],
  ['GIF89a', image('GIF', 'image/gif')],
  ['ID3', audio('MP3', 'audio/mpeg')],
  ['fLaC', audio('FLAC', 'audio/flac')],
  ['\x1a\x45\xdf\xa3', video('Matroska or WebM', 'video/webm')],
  ['%PDF-', other('PDF document', PDF)],
  ['II*\0', other('TIFF picture', NO_DECODER)],
  ['MM\0*', other('TIFF picture', NO_DECODER)],
  ['8BPS', other('Photoshop picture', NO_DECODER)],
  ['PK\x03\x04', other('ZIP archive')],
  ['PK\x05\x06', other('empty ZIP archive')],
  ['\x1f\x8b', other('gzip archive')],
  ['BZh', other('bzip2 archive')],
  ['\xfd7zXZ\0', other('xz archive')],
  ['\x28\xb5\x2f\xfd', other('Zstandard archive')],
  ["7z\xbc\xaf'\x1c", other('7-Zip archive')],
  ['Rar!\x1a\x07', other('RAR archive')],
  ['\x7fELF', other('Linux program or library')],
  ['MZ', other('Windows program or library')],
  ['\xcf\xfa\xed\xfe', other('macOS program or library')],
  ['\xca\xfe\xba\xbe', other('macOS program or Java class')],
  ['\0asm', other('WebAssembly program')],
  ['SQLite format 3\0', other('SQLite database')],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', other('older Office document', NO_DECODER)],
  ['wOFF', other('font')],
  ['wOF2', other('font')],
  ['OTTO', other('font')],
  ['\0\x01\0\0\0', other('font')],
];

/** Null where nothing is known of it, text among them. */
export function kindOf(head: Uint8Array): Kind | null {
  const text = Buffer.from(head.subarray(0, KIND_BYTES)).toString('latin1');
  const riff = text.startsWith('RIFF') ? text.slice(8, 12) : '';
  if (riff === 'WEBP') return image('WebP', 'image/webp');
  if (riff === 'WAVE') return audio('WAV', 'audio/wav');
  if (riff === 'AVI ') return other('AVI video', NO_DECODER);
  if (text.slice(4, 8) === 'ftyp') return movieKind(text);
  if (text.startsWith('OggS')) {
    return text.includes('theora') ? video('Ogg', 'video/ogg') : audio('Ogg', 'audio/ogg');
  }
  if (text.startsWith('BM') && isBitmap(head)) return image('BMP', 'image/bmp');
  if (text.slice(257, 262) === 'ustar') return other('tar archive');
  const found = BEGINNINGS.find(([beginning]) => text.startsWith(beginning))?.[1];
  if (found?.is === 'other' && text.startsWith('PK\x03\x04')) return zipKind(text);
  if (found !== undefined) return found;
  return isMpegSound(head) ? audio(head[1] !== undefined && (head[1] & 6) === 0 ? 'AAC' : 'MP3', 'audio/mpeg') : null;
}

function movieKind(text: string): Kind {
  const brands = text.slice(8, Math.min(text.length, 64));
  const main = text.slice(8, 12);
  if (/avif|avis/.test(brands)) return image('AVIF', 'image/avif');
  if (/heic|heix|hevc|mif1|msf1/.test(main)) return other('HEIC picture', NO_DECODER);
  if (main.startsWith('M4A') || main.startsWith('M4B')) return audio('AAC', 'audio/mp4');
  return video(main.startsWith('qt') ? 'QuickTime' : 'MP4', 'video/mp4');
}

function zipKind(text: string): Kind {
  if (text.startsWith('mimetypeapplication/vnd.oasis', 30)) return other('OpenDocument file', NO_DECODER);
  if (text.startsWith('mimetypeapplication/epub', 30)) return other('EPUB book', NO_DECODER);
  if (text.startsWith('[Content_Types].xml', 30)) return other('Office document', NO_DECODER);
  return other('ZIP archive');
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
