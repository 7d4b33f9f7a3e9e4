/** What is left out of a backup: patterns in gitignore syntax, and folders that mark themselves as caches. */
import ignore, { type Ignore } from 'ignore';

/** A file of this name that begins with the signature marks its folder as a cache (https://bford.info/cachedir/). */
export const CACHEDIR_TAG = 'CACHEDIR.TAG';
export const CACHEDIR_SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55';

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
