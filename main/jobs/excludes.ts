/** What is left out of a backup: patterns in gitignore syntax, and folders that mark themselves as caches. */
import ignore, { type Ignore } from 'ignore';

/** The signature that starts a CACHEDIR.TAG (https://bford.info/cachedir/). */
export const CACHEDIR_SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55';

/** Proposed at set-up: what programs make again by themselves, and what is in the bin. */
export const DEFAULT_EXCLUDES: readonly string[] = [
  '.cache/',
  'Cache/',
  'Caches/',
  'CachedData/',
  'GPUCache/',
  '.Trash/',
  '.Trash-*/',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  '.local/share/Trash/',
  'node_modules/',
  '__pycache__/',
  '*.tmp',
  '*.crdownload',
  '*.part',
  '.DS_Store',
  'Thumbs.db',
  'desktop.ini',
];

/** The package remembers every path it was asked about; it is made anew after this many. */
const FORGET_AFTER = 20_000;

/** Tells what is left out below one source. */
export class ExcludeMatcher {
  readonly #patterns: string[];
  #rules: Ignore;
  #asked = 0;

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.filter((pattern) => pattern.trim() !== '');
    this.#rules = ignore().add(this.#patterns);
  }

  /**
   * Whether an entry is left out. Its parents are known not to be.
   * @param below path below the source, `/`-separated, not empty
   * @param absolute the whole path, `/`-separated
   */
  excludes(below: string, absolute: string, folder: boolean): boolean {
    if (this.#patterns.length === 0) return false;
    if (++this.#asked % FORGET_AFTER === 0) this.#rules = ignore().add(this.#patterns);
    const end = folder ? '/' : '';
    const whole = absolute.replace(/^\/+/, '').replace(/^([A-Za-z]):/, '$1');
    return this.#rules.ignores(`${below}${end}`) || this.#rules.ignores(`${whole}${end}`);
  }
}
