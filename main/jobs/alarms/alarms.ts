/**
 * Tells others how things stand, so that the silence of this computer is noticed elsewhere: a heartbeat after each good
 * backup (a service raises the alarm when it stops), and a webhook when health gets worse or well again.
 */
import { HoldfastError } from '../../errors.ts';
import type { RunRecord } from '../activity.ts';
import type { ConfigStore } from '../config.ts';
import type { Health } from '../health.ts';
import type { Clock } from '../ports.ts';
import { alarmAddress, failAddress } from './address.ts';
import { webhookMessage, type WebhookMessage } from './message.ts';
import type { Send, Sent } from './send.ts';
import type { AlarmKind, AlarmSettings } from './settings.ts';
import { text } from '../../text.ts';
import { say } from '../../words/say.ts';

/** Waits before the second and later tries; a message that is newer takes the place of one that waits. */
const AGAIN_AFTER_MS = [10_000, 60_000, 5 * 60_000, 15 * 60_000];

/** Keeps addresses: the keychain, or memory where there is none. */
export interface AlarmSecrets {
  read(kind: AlarmKind): Promise<string | null>;
  keep(kind: AlarmKind, address: string): Promise<void>;
  forget(kind: AlarmKind): Promise<void>;
}

export interface AlarmsParts {
  config: ConfigStore;
  secrets: AlarmSecrets;
  send: Send;
  clock: Clock;
  computer: string;
  /** How things stand now, for a test and for what is told later than it was found. */
  standing: () => { health: Health; lastBackupMs: number | null };
  changed: () => void;
}

interface Message {
  address: (url: URL) => URL;
  json: object | null;
}

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
  async set(kind: AlarmKind, text: string): Promise<void> {
    const url = alarmAddress(text);
    await this.#parts.secrets.keep(kind, url.href);
    this.#drop(kind);
    await this.#note(kind, { host: url.host, last: null });
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
    const sent = await this.#once(kind, kind === 'heartbeat' ? GOOD : this.#webhook('test'));
    return {
      ok: sent.ok,
      message: sent.ok ? say(text`${host} was told.`) : say(text`${host} was not told. ${sent.message}`),
    };
  }

  /** A run has ended. Stopping one is no failure, and a check or a restore is no backup. */
  runEnded(run: Pick<RunRecord, 'kind' | 'result'>): void {
    if (run.kind !== 'backup') return;
    if (run.result === 'done' || run.result === 'done-with-skips') void this.#tell('heartbeat', GOOD);
    if (run.result === 'failed') void this.#tell('heartbeat', FAILED);
  }

  /** Health has got worse, or well again after that. */
  healthChanged(event: 'problem' | 'recovered'): void {
    if (this.state().webhook !== null) void this.#tell('webhook', this.#webhook(event));
  }

  /** Gives up what waits for another try. */
  end(): void {
    for (const kind of [...this.#waiting.keys()]) this.#drop(kind);
  }

  #webhook(event: WebhookMessage['event']): Message {
    const { clock, computer, standing } = this.#parts;
    return { address: (url) => url, json: webhookMessage({ event, nowMs: clock.now(), computer, ...standing() }) };
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
    const { secrets, send, clock } = this.#parts;
    let sent: Sent;
    try {
      const address = await secrets.read(kind);
      sent = address === null ? lost() : await send(message.address(new URL(address)), message.json);
    } catch {
      sent = lost();
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

  async #note(kind: AlarmKind, record: AlarmSettings[AlarmKind]): Promise<void> {
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

const GOOD: Message = { address: (url) => url, json: null };
const FAILED: Message = { address: failAddress, json: null };

const lost = (): Sent => ({
  ok: false,
  again: false,
  message: say('This computer’s keychain no longer holds its address. Paste it again.'),
});
