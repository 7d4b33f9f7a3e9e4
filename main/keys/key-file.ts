/** The key file of the command line: the 64 digits in a text file that only its owner may read. */
import { dirname, resolve } from 'node:path';
import { HoldfastError } from '../errors.ts';
import { text, type Text } from '../text.ts';
import { keyText } from './digits.ts';
import { createFile, openToOthers, readSmallFile, syncFolder, systemCode, writeFailed } from './files.ts';
import { parseKeyText, repairNotice, type ParsedKey } from './parse-digits.ts';
import { wipe, type RootKey } from './secret.ts';

/** A key file is some hundred bytes long; a whole kit as text still fits. */
const MAX_KEY_FILE_BYTES = 16_384;

export interface KeyFile extends ParsedKey {
  /** Sentences to tell: letters read as digits, a file that others may read. */
  warnings: Text[];
}

/**
 * Reads a key file: the 64 digits in any layout that parseKeyText() takes.
 *
 * @throws HoldfastError `bad-input` (no such file, not readable), `key-malformed`
 */
export async function readKeyFile(path: string): Promise<KeyFile> {
  let file: Awaited<ReturnType<typeof readSmallFile>>;
  try {
    file = await readSmallFile(path, MAX_KEY_FILE_BYTES);
  } catch (error) {
    throw new HoldfastError(
      'bad-input',
      text`Holdfast could not read the key file ${path}.`,
      'Check that it is a file and that you may read it. Nothing was changed.',
      { detail: systemCode(error), cause: error },
    );
  }
  if (file === null) {
    throw new HoldfastError(
      'bad-input',
      text`There is no key file ${path}.`,
      'Check its name, or write the 64 digits of your kit into a text file. Nothing was changed.',
    );
  }
  if (file.bytes === null) {
    throw new HoldfastError(
      'key-malformed',
      text`${path} is too long for a key file.`,
      'A key file holds the 64 digits of your kit and nothing else. Nothing was changed.',
    );
  }
  const parsed = parseKeyText(decode(file.bytes));
  wipe(file.bytes);
  const repairs = repairNotice(parsed.repairs);
  const warnings = repairs === null ? [] : [repairs];
  if (openToOthers(file.mode)) {
    warnings.push(text`Other users of this computer may read ${path}, which opens your backup. Run: chmod 600 ${path}`);
  }
  return { ...parsed, warnings };
}

/** Text of a file; UTF-16 too, which Windows' own tools write. */
function decode(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}

/**
 * Writes a new key file, mode 0600, durably. Never overwrites.
 *
 * @throws HoldfastError `bad-input` if there is such a file, `target-full`, `target-denied`
 */
export async function createKeyFile(path: string, key: RootKey): Promise<void> {
  const contents = Buffer.from(keyText(key), 'latin1');
  try {
    await createFile(path, contents);
    await syncFolder(dirname(resolve(path)));
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      throw new HoldfastError(
        'bad-input',
        text`There is already a file ${path}, and Holdfast does not overwrite it.`,
        'It may be the only copy of a key: keep it, and name another file. Nothing was changed.',
      );
    }
    throw writeFailed(path, error);
  } finally {
    wipe(contents);
  }
}
