/**
 * Tells others how things stand, so that the silence of this computer is noticed elsewhere: a heartbeat after each good
 * backup (a service raises the alarm when it stops), and a webhook and an e-mail when health gets worse or well again.
 */
import { HoldfastError } from '../../errors.ts';
import type { RunRecord } from '../activity.ts';
import type { ConfigStore } from '../config.ts';
import type { Health } from '../health-facts.ts';
import type { Clock } from '../ports.ts';
import { alarmAddress, failAddress } from './address.ts';
import { emailAccount } from './email.ts';
import type { Mail, SendMail } from './mail.ts';
import { webhookMessage, type WebhookMessage } from './message.ts';
import type { Send, Sent } from './send.ts';
import type { AddressKind, AlarmKind, AlarmSettings, EmailAccount } from './settings.ts';
import { phrase, text } from '../../text.ts';
import { say } from '../../words/say.ts';

/** Waits before the second and later tries; a message that is newer takes the place of one that waits. */
const AGAIN_AFTER_MS = [10_000, 60_000, 5 * 60_000, 15 * 60_000];

/** Keeps addresses, and the password of e-mail: the keychain, or memory where there is none. */
export interface AlarmSecrets {
  read(kind: AlarmKind): Promise<string | null>;
  keep(kind: AlarmKind, address: string): Promise<void>;
  forget(kind: AlarmKind): Promise<void>;
}

export interface AlarmsParts {
  config: ConfigStore;
  secrets: AlarmSecrets;
  send: Send;
  mail: SendMail;
  clock: Clock;
  computer: string;
  /** How things stand now, for a test and for what is told later than it was found. */
  standing: () => { health: Health; lastBackupMs: number | null };
  changed: () => void;
}

/** Sends with what the keychain holds for its kind. */
type Message = (secret: string) => Promise<Sent>;

export class Alarms {
  readonly #parts: AlarmsParts;
  /** Ends the wait for another try of each kind. */
  readonly #waiting = new Map<AlarmKind, () => void>();
  /** Counts the messages of each kind, so that an old one stops when a new one is sent. */
  readonly #newest = new Map<AlarmKind, number>();

  constructor(parts: AlarmsParts) {
    this.#parts = parts;
  }

  state(): AlarmSettings {
    return this.#parts.config.value.alarms;
  }

  /**
   * Keeps an address in place of the one before.
   * @throws HoldfastError `bad-input`, `keychain-unavailable`
   */
  async set(kind: AddressKind, text: string): Promise<void> {
    const url = alarmAddress(text);
    await this.#parts.secrets.keep(kind, url.href);
    this.#drop(kind);
    await this.#note(kind, { host: url.host, last: null });
  }

  /**
   * Keeps how e-mail is sent in place of what was before; the password goes into the keychain.
   * @throws HoldfastError `bad-input`, `keychain-unavailable`
   */
  async setEmail(given: EmailAccount, password: string): Promise<void> {
    const account = emailAccount(given, password);
    if (account.user === '') await this.#parts.secrets.forget('email');
    else await this.#parts.secrets.keep('email', password);
    this.#drop('email');
    await this.#note('email', { ...account, last: null });
  }

  /** @throws HoldfastError `keychain-unavailable` */
  async remove(kind: AlarmKind): Promise<void> {
    await this.#parts.secrets.forget(kind);
    this.#drop(kind);
    await this.#note(kind, null);
  }

  /** Sends what a good backup, or a change of health, would send; once, and says how it went. */
  async test(kind: AlarmKind): Promise<{ ok: boolean; message: string }> {
    const { host } = this.state()[kind] ?? { host: null };
    if (host === null) {
      throw new HoldfastError('bad-input', 'There is no address yet.', 'Add one first. Nothing was sent.', {
        severity: 'notice',
      });
    }
    const sent = await this.#once(kind, this.#test(kind));
    return {
      ok: sent.ok,
      message: sent.ok ? say(text`${host} was told.`) : say(text`${host} was not told. ${sent.message}`),
    };
  }

  /** A run has ended. Stopping one is no failure, and a check or a restore is no backup. */
  runEnded(run: Pick<RunRecord, 'kind' | 'result'>): void {
    if (run.kind !== 'backup') return;
    if (run.result === 'done' || run.result === 'done-with-skips') void this.#tell('heartbeat', this.#beat(true));
    if (run.result === 'failed') void this.#tell('heartbeat', this.#beat(false));
  }

  /** Health has got worse, or well again after that. */
  healthChanged(event: 'problem' | 'recovered'): void {
    if (this.state().webhook !== null) void this.#tell('webhook', this.#webhook(event));
    if (this.state().email !== null) void this.#tell('email', this.#mail(event));
  }

  /** Gives up what waits for another try. */
  end(): void {
    for (const kind of [...this.#waiting.keys()]) this.#drop(kind);
  }

  #test(kind: AlarmKind): Message {
    if (kind === 'heartbeat') return this.#beat(true);
    return kind === 'webhook' ? this.#webhook('test') : this.#mail('test');
  }

  #beat(good: boolean): Message {
    return async (address) => {
      const url = new URL(address);
      return await this.#parts.send(good ? url : failAddress(url), null);
    };
  }

  #webhook(event: WebhookMessage['event']): Message {
    const json = this.#standing(event);
    return async (address) => await this.#parts.send(new URL(address), json);
  }

  /** The same sentence as the webhook's; account and password are those of the moment it is sent. */
  #mail(event: WebhookMessage['event']): Message {
    const { text: said } = this.#standing(event);
    const subject = said.replaceAll(/\s+/g, ' ').slice(0, MAX_SUBJECT);
    const mail: Mail = { subject, text: `${said}\n\n${say(WHY_WRITTEN)}\n` };
    return async (password) => {
      const account = this.state().email;
      return account === null ? lost('email') : await this.#parts.mail(account, password, mail);
    };
  }

  #standing(event: WebhookMessage['event']): WebhookMessage {
    const { clock, computer, standing } = this.#parts;
    return webhookMessage({ event, nowMs: clock.now(), computer, ...standing() });
  }

  /** Sends until it is taken, refused, or a newer message comes. Never rejects. */
  async #tell(kind: AlarmKind, message: Message, tries = 0): Promise<void> {
    if (this.state()[kind] === null) return;
    this.#drop(kind);
    const turn = this.#newest.get(kind);
    const sent = await this.#once(kind, message);
    const wait = AGAIN_AFTER_MS[tries];
    if (!sent.again || wait === undefined || this.#newest.get(kind) !== turn || this.state()[kind] === null) return;
    this.#waiting.set(
      kind,
      this.#parts.clock.after(wait, () => void this.#tell(kind, message, tries + 1)),
    );
  }

  async #once(kind: AlarmKind, message: Message): Promise<Sent> {
    const { secrets, clock } = this.#parts;
    let sent: Sent;
    try {
      // A server that asks for no login has no password.
      const open = kind === 'email' && this.state().email?.user === '';
      const secret = open ? '' : await secrets.read(kind);
      sent = secret === null ? lost(kind) : await message(secret);
    } catch {
      sent = lost(kind);
    }
    const record = this.state()[kind];
    if (record !== null) {
      // What cannot be noted was sent all the same.
      await this.#note(kind, { ...record, last: { at: clock.now(), ok: sent.ok, message: sent.message } }).catch(
        () => undefined,
      );
    }
    return sent;
  }

  async #note<K extends AlarmKind>(kind: K, record: AlarmSettings[K]): Promise<void> {
    const { config, changed } = this.#parts;
    await config.update({ alarms: { ...config.value.alarms, [kind]: record } });
    changed();
  }

  #drop(kind: AlarmKind): void {
    this.#waiting.get(kind)?.();
    this.#waiting.delete(kind);
    this.#newest.set(kind, (this.#newest.get(kind) ?? 0) + 1);
  }
}

/** Characters of a subject. */
const MAX_SUBJECT = 200;
const WHY_WRITTEN = phrase(
  'Holdfast on that computer says what to do. You get this because its Settings, Alarms, name you.',
);

const lost = (kind: AlarmKind): Sent => ({
  ok: false,
  again: false,
  message:
    kind === 'email'
      ? say('This computer’s keychain no longer holds its password. Enter it again.')
      : say('This computer’s keychain no longer holds its address. Paste it again.'),
});
