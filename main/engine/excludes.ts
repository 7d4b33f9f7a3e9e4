/** What is left out of a backup: patterns in gitignore syntax, and folders that mark themselves as caches. */
import ignore, { type Ignore } from 'ignore';

/** A file of this name that begins with the signature marks its folder as a cache (https://bford.info/cachedir/). */
export const CACHEDIR_TAG = 'CACHEDIR.TAG';
export const CACHEDIR_SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55';

/** The package remembers every path it was asked about; it is made anew after this many. */
const FORGET_AFTER = 20_000;

/** As git on the same system; a pattern for `Cache/` must not take somebody's `cache/` with it. */
const IGNORE_CASE = process.platform === 'win32' || process.platform === 'darwin';

/** Patterns that are anchored at the top: `/home/anna/x`, `!/home/anna/y`, `C:/x`. */
const ABSOLUTE = /^!?(?:\/|[A-Za-z]:\/)/;

/** Tells what is left out below one source. */
export class ExcludeMatcher {
  readonly #patterns: string[];
  readonly #absolute: string[];
  #belowRules: Ignore;
  #absoluteRules: Ignore;
  #asked = 0;

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.filter((pattern) => pattern.trim() !== '');
    this.#absolute = this.#patterns
      .filter((pattern) => ABSOLUTE.test(pattern))
      .map((pattern) => pattern.replace(/^(!?)([A-Za-z]):/, '$1/$2'));
    this.#belowRules = rules(this.#patterns);
    this.#absoluteRules = rules(this.#absolute);
  }

  /**
   * Whether an entry is left out. Its parents are known not to be. The absolute path is compared with anchored patterns
   * only: any other could match a folder above the source, and leave out all that was chosen.
   *
   * @param below path below the source, `/`-separated, not empty
   * @param absolute the whole path, `/`-separated
   */
  excludes(below: string, absolute: string, folder: boolean): boolean {
    if (this.#patterns.length === 0) return false;
    if (++this.#asked % FORGET_AFTER === 0) {
      this.#belowRules = rules(this.#patterns);
      this.#absoluteRules = rules(this.#absolute);
    }
    const end = folder ? '/' : '';
    if (this.#belowRules.ignores(`${below}${end}`)) return true;
    if (this.#absolute.length === 0) return false;
    const whole = absolute.replace(/^\/+/, '').replace(/^([A-Za-z]):/, '$1');
    return this.#absoluteRules.ignores(`${whole}${end}`);
  }
}

const rules = (patterns: string[]): Ignore => ignore({ ignorecase: IGNORE_CASE }).add(patterns);
