/** Checks a place and its password before anything is sent, and says where it is. */
import { HoldfastError } from '../../errors.ts';
import { sentence, text, type Text } from '../../text.ts';
import type { Opening, WebDavPlace } from '../spec.ts';

const SHA256 = /^[0-9a-f]{64}$/i;

/** The folder's address, which ends with `/`. @throws HoldfastError `bad-input` */
export function checkPlace(place: WebDavPlace): URL {
  const url = URL.canParse(place.url) ? new URL(place.url) : null;
  const known = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!known || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrong(
      'That is no address of a WebDAV folder.',
      'Give it as https://host/path/, without a user name or anything after a question mark.',
    );
  }
  if (!url.pathname.endsWith('/')) throw wrong('The address must name a folder.', 'End it with a /.');
  if (/%2f|%5c|%00/i.test(url.pathname))
    throw wrong('The address cannot be used.', 'Choose a folder with a plain name.');
  if (place.user.includes(':') || /[\r\n\0]/.test(place.user)) {
    throw wrong('That user name cannot be used.', 'Enter it as your server knows it.');
  }
  if (place.certificate !== null && (url.protocol !== 'https:' || !SHA256.test(place.certificate))) {
    throw wrong('The certificate that was accepted does not fit the address.', 'Connect to the server once more.');
  }
  return url;
}

/** @throws HoldfastError `bad-input` where the password is missing or something else */
export function passwordOf(opening: Opening): string {
  const { credentials } = opening;
  if (credentials?.kind === 'webdav') return credentials.password;
  throw wrong('The password for this server is missing.', 'Enter it once more.');
}

function wrong(message: string | Text, guidance: string | Text): HoldfastError {
  return new HoldfastError('bad-input', message, text`Nothing was changed. ${sentence(guidance)}`);
}
