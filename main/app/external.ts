/** The one gate through which anything is handed to the system's browser. */
import { app, shell } from 'electron';
import { isAllowedOutside, isSignInPage } from './outside.ts';

/**
 * Opens an address of the list in the system's browser.
 * @throws RangeError for any other
 */
export async function openExternal(address: string): Promise<void> {
  if (!isAllowedOutside(address)) throw new RangeError('this address is not on the list');
  await shell.openExternal(address);
}

/**
 * Opens the page of a provider's sign-in in the system's browser. Its address is made by this program, never by a page.
 * @throws RangeError for any other address
 */
export async function openSignInPage(address: string): Promise<void> {
  // A build for development may sign in to a server of its own, which the tests bring.
  const own = app.isPackaged ? undefined : process.env['HOLDFAST_GOOGLE_ENDPOINT'];
  if (!isSignInPage(address, own)) throw new RangeError('this address is not on the list');
  await shell.openExternal(address);
}
