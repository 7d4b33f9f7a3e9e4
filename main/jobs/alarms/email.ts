/** What was typed for an e-mail alarm, looked at before it is kept. */
import { HoldfastError } from '../../errors.ts';
import { sentence, text } from '../../text.ts';
import { isNear } from './address.ts';
import { EmailAccount } from './settings.ts';

/** Characters of a password; what a keychain holds is 1,875 bytes. */
const MAX_PASSWORD = 1_000;
const MAX_ADDRESS = 254;

/**
 * @throws HoldfastError `bad-input`, which never repeats the password
 */
export function emailAccount(given: EmailAccount, password: string): EmailAccount {
  const account = {
    ...given,
    host: given.host.trim().toLowerCase(),
    user: given.user.trim(),
    from: given.from.trim(),
    to: given.to.trim(),
  };
  if (!/^[a-z0-9]([a-z0-9.:-]{0,251}[a-z0-9])?$/.test(account.host)) {
    throw refused('This is not the name of a mail server.', 'It looks like smtp.example.org.');
  }
  if (!EmailAccount.safeParse(account).success) throw refused('This port does not exist.', 'It is often 465 or 587.');
  for (const address of [account.from, account.to]) {
    if (!isAddress(address)) throw refused('This is not an e-mail address.', 'It looks like anna@example.org.');
  }
  if (account.security === 'none' && !isNear(account.host)) {
    throw refused(
      'Without encryption, e-mail goes to servers of your own network only.',
      'Choose TLS or STARTTLS, so that nobody on the way can read the password.',
    );
  }
  if (account.user.length > 320 || password.length > MAX_PASSWORD || /[\r\n\0]/.test(account.user + password)) {
    throw refused('This name or password is too long.', 'Copy it again from your provider.');
  }
  if (account.user !== '' && password === '') throw refused('The password is missing.', 'Type it once more.');
  return account;
}

/** One address alone, without a name beside it; nothing that could end a line or begin another header. */
function isAddress(typed: string): boolean {
  return typed.length <= MAX_ADDRESS && /^[^\s<>(),:;"\\@\p{C}]+@[^\s<>(),:;"\\@\p{C}]+$/u.test(typed);
}

const refused = (message: string, guidance: string): HoldfastError =>
  new HoldfastError('bad-input', message, text`${sentence(guidance)} Nothing was changed.`, { severity: 'notice' });
