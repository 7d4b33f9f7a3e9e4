/** Which entries below the sources a backup takes. */
export interface FileChoice {
  /**
   * Patterns in gitignore syntax, in the order in which they count, matched against the path below each source and its
   * absolute path. What they match is left out; `!` takes it back in, unless a folder above is out.
   */
  excludes: string[];
  /**
   * Patterns of the same form. Where there are any, files are taken only if one of them matches, or matches a folder
   * above; folders are kept all the same. What is excluded stays out.
   */
  includes?: string[] | undefined;
  /** Files of more bytes are left out; those that are sources themselves are not. */
  excludeLargerThan?: number | undefined;
  /** True: of a folder that another disk is mounted on only the folder is kept. */
  oneFileSystem?: boolean | undefined;
  /** True: folders that mark themselves as caches (CACHEDIR.TAG) are taken as any other; else only their mark is. */
  keepCaches?: boolean | undefined;
}
