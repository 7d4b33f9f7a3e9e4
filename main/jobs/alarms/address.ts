/** Addresses that are told how things stand. Whoever has one can raise or silence the alarm: they are secrets. */
import { HoldfastError } from '../../errors.ts';
import { sentence, text, type Text } from '../../text.ts';

/** Characters of an address; what a keychain holds is 1,875 bytes. */
const MAX_LENGTH = 1_500;

/**
 * The address that was typed or pasted. Plain `http:` only inside one's own network, where certificates are rare.
 * @throws HoldfastError `bad-input`, which never repeats the address
 */
export function alarmAddress(given: string): URL {
  const typed = given.trim();
  if (typed === '') throw refused('No address was given.', 'Paste the address that the service gave you.');
  if (typed.length > MAX_LENGTH) throw refused('This address is too long.', 'Copy it again from the service.');
  let url: URL;
  try {
    url = new URL(typed);
  } catch {
    throw refused('This is not an address.', 'It begins with https:// and comes from the service that you use.');
  }
  if (url.username !== '' || url.password !== '') {
    throw refused(
      'This address holds a name or password.',
      'Use one that needs none: the address itself is the secret.',
    );
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isNear(url.hostname))) {
    throw refused(
      'This address is not safe to use.',
      'It has to begin with https://, so that nobody on the way can read it.',
    );
  }
  url.hash = '';
  return url;
}

/** This computer, and names and numbers that exist only in a home or office network. */
export function isNear(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || /^(fe80|fc|fd)[0-9a-f]*:/.test(host)) return true;
  const numbers = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host);
  if (numbers !== null) {
    const [a, b] = [Number(numbers[1]), Number(numbers[2])];
    return (
      a === 127 || a === 10 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b < 32) || (a === 169 && b === 254)
    );
  }
  return !host.includes('.') ? !host.includes(':') : /\.(local|lan|home|internal|home\.arpa|localhost)$/.test(host);
}

/**
 * Where a failure is told: `/fail` behind the path, as healthchecks.io and those like it have it; where the address
 * itself says `status=up`, as Uptime Kuma's do, it says `down` instead.
 */
export function failAddress(heartbeat: URL): URL {
  const url = new URL(heartbeat);
  if (url.searchParams.get('status') === 'up') url.searchParams.set('status', 'down');
  else url.pathname = `${url.pathname.replace(/\/+$/, '')}/fail`;
  return url;
}

function refused(message: string | Text, guidance: string | Text): HoldfastError {
  return new HoldfastError('bad-input', message, text`${sentence(guidance)} Nothing was changed.`, {
    severity: 'notice',
  });
}
