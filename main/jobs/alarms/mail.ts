/** Sends one message by SMTP, and says in words what came of it. The password is in no message, log or argument. */
import type { SMTPTransportOptions } from 'nodemailer';
import { text } from '../../text.ts';
import { say } from '../../words/say.ts';
import type { Sent } from './send.ts';
import type { EmailAccount } from './settings.ts';

/** Longest wait for a connection, for the server's greeting, and for any answer. */
const TIMEOUT_MS = 15_000;

export interface Mail {
  subject: string;
  text: string;
}

/** Sends, and never rejects. */
export type SendMail = (account: EmailAccount, password: string, mail: Mail) => Promise<Sent>;

/**
 * @param trust certificates of a test's own server, PEM
 * @param timeoutMs for each step
 */
export function mailer({ trust, timeoutMs = TIMEOUT_MS }: { trust?: string; timeoutMs?: number } = {}): SendMail {
  return async (account, password, mail) => {
    const { host, port, security, user, from, to } = account;
    const options: SMTPTransportOptions = {
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      // The computer's name and address are nobody's business.
      name: 'localhost',
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      logger: false,
      tls: { minVersion: 'TLSv1.2', ...(trust === undefined ? {} : { ca: trust }) },
      ...(user === '' ? {} : { auth: { user, pass: password } }),
    };
    // Only who has set it up needs it.
    const { createTransport } = await import('nodemailer');
    const transport = createTransport(options);
    try {
      await transport.sendMail({ from, to, subject: mail.subject, text: mail.text, xMailer: false });
      return { ok: true, again: false, message: say('It took the message.') };
    } catch (error) {
      return failed(error);
    } finally {
      transport.close();
    }
  };
}

interface Failure {
  code: string;
  /** What the system called it. */
  origin: string;
  command: string;
  responseCode: number;
  message: string;
}

function facts(error: unknown): Failure {
  const read = (name: string): unknown =>
    typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
  const word = (name: string): string => (typeof read(name) === 'string' ? String(read(name)) : '');
  const status = read('responseCode');
  return {
    code: word('code'),
    origin: `${word('originalCode')} ${word('code')}`,
    command: word('command'),
    responseCode: typeof status === 'number' ? status : 0,
    message: word('message'),
  };
}

const CERTIFICATE = /certificate|altnames|self.signed|issuer/i;

/** What the server or the way to it said, in our own words: its own could repeat what was sent. */
function failed(error: unknown): Sent {
  const { code, origin, command, responseCode, message } = facts(error);
  const over = (said: string): Sent => ({ ok: false, again: false, message: said });
  const later = (said: string): Sent => ({ ok: false, again: true, message: said });
  if (CERTIFICATE.test(message) || /CERT|ALTNAME/.test(origin)) {
    return over(say('Its certificate is not valid for that name. Nothing was sent; check the name of the server.'));
  }
  if (code === 'EAUTH') {
    return responseCode >= 400 && responseCode < 500
      ? later(say(text`It is out of order (answer ${responseCode}).`))
      : over(say('It refused the login. Check name and password; some providers want a password for programs.'));
  }
  if (code === 'ETLS' || /STARTTLS/i.test(command)) {
    return over(say('It does not offer encryption on this port. Nothing was sent; try TLS with port 465.'));
  }
  if (code === 'EDNS' || /ENOTFOUND|EAI_AGAIN/.test(origin)) {
    return later(say('No server of that name was found. Check the name, and that this computer is online.'));
  }
  if (code === 'ETIMEDOUT') return later(say('It did not answer in time. Check the port.'));
  if (/wrong version number|packet length|SSL routines/i.test(message)) {
    return over(say('It does not speak TLS from the start on this port. Try STARTTLS, or port 465.'));
  }
  if (responseCode >= 400 && responseCode < 500) return later(say(text`It is out of order (answer ${responseCode}).`));
  if (code === 'EENVELOPE') return over(say(text`It refused an address of the message (answer ${responseCode}).`));
  if (responseCode >= 500) return over(say(text`It refused the message (answer ${responseCode}).`));
  return later(say('It could not be reached.'));
}
