/** The words of the window need a language before they are loaded: English, as they stand in the source. */
import { expect } from 'vitest';

if (expect.getState().testPath?.includes('/renderer-') === true) {
  const { speak } = await import('../../renderer/state/language.ts');
  await speak(null);
}
