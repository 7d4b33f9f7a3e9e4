/** What the build puts into the program. */

/** Languages whose catalogs lack nothing; missing where a file is run without being built. */
declare const HOLDFAST_LANGUAGES: readonly string[] | undefined;

declare module '*.po' {
  import type { Messages } from '@lingui/core';
  export const messages: Messages;
}
