/** The one gate through which anything is handed to the system's browser. */
import { shell } from 'electron';
import { isAllowedOutside } from './outside.ts';

/**
 * Opens an address of the list in the system's browser.
 * @throws RangeError for any other
 */
export async function openExternal(address: string): Promise<void> {
  if (!isAllowedOutside(address)) throw new RangeError('this address is not on the list');
  await shell.openExternal(address);
}
