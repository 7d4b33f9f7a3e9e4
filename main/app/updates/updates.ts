/**
 * Keeps this program up to date: asks what its channel offers, loads what it takes, puts it in place when the program
 * ends. While a backup or a restore is active it does none of that, and a person is told of a change once.
 */
import { HoldfastError, toHoldfastError } from '../../errors.ts';
import type { UpdatesService, UpdatesState } from '../../ipc/services.ts';
import { shownError } from '../../ipc/shapes.ts';
import type { Clock } from '../../jobs/ports.ts';
import { text } from '../../text.ts';
import { say } from '../../words/say.ts';
import type { Notice } from '../notices.ts';
import { decide, refuseReplay } from './decide.ts';
import type { Installer } from './installer.ts';
import type { Channel, Release, ReleaseFile } from './manifest.ts';
import type { UpdateMemory } from './memory.ts';
import type { Off } from './off.ts';
import type { ReleaseSource } from './source.ts';
import { compareVersions } from './version.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Every wait of it. */
export const TIMING = {
  /** After the start: a person has something else to do then. */
  firstMs: 5 * MINUTE_MS,
  /** Between two looks at whether it is time to ask; the clock may have been set, the computer may have slept. */
  lookMs: HOUR_MS,
  askEveryMs: 24 * HOUR_MS,
};

export interface UpdatesParts {
  readonly version: string;
  /** Why this program does not update itself; null where it does. */
  readonly off: Off | null;
  readonly memory: UpdateMemory;
  readonly source: ReleaseSource;
  readonly installer: Installer;
  readonly system: NodeJS.Platform;
  readonly arch: string;
  readonly clock: Clock;
  /** A run is going on, or rests. */
  readonly busy: () => boolean;
  /** Whether much may be loaded now: not over a network that is paid by the byte. Never rejects. */
  readonly mayLoad: () => Promise<boolean>;
  readonly notify: (notice: Notice) => void;
  readonly changed: () => void;
  /** Ends the program as a person would; `last` is called on the way. */
  readonly quit: () => void;
  /** Starts this program once the one that runs has ended. */
  readonly startAgain: (program: string) => void;
  readonly report: (what: string) => void;
}

interface Offer {
  readonly release: Release;
  readonly file: ReleaseFile;
}

export class Updates implements UpdatesService {
  readonly #parts: UpdatesParts;
  #step: UpdatesState['step'] = 'idle';
  #offer: Offer | null = null;
  #share: number | null = null;
  #error: HoldfastError | null = null;
  #working: Promise<void> | null = null;
  #restarting = false;
  /** What waits was asked for by a person. */
  #asked = false;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: UpdatesParts) {
    this.#parts = parts;
  }

  state(): UpdatesState {
    const { off, memory } = this.#parts;
    const { channel, automatic, checkedMs } = memory.value;
    const release = this.#offer?.release;
    return {
      off,
      channel,
      automatic,
      checkedAt: checkedMs,
      step: this.#step,
      release:
        release === undefined
          ? null
          : { version: release.version, issuedAt: Date.parse(release.issued), notes: release.notes },
      share: this.#share,
      error: shownError(this.#error?.toInfo() ?? null),
    };
  }

  begin(): void {
    if (this.#parts.off === null) this.#lookIn(TIMING.firstMs);
  }

  end(): void {
    this.#cancelTimer();
  }

  /** Called when a run has ended: what was put off goes on. */
  runEnded(): void {
    if (this.#step === 'waiting' && (this.#asked || this.#parts.memory.value.automatic)) void this.#work(this.#asked);
  }

  async check(): Promise<void> {
    this.#refuseOff();
    await this.#work(true);
  }

  async setChannel(channel: Channel): Promise<void> {
    this.#refuseOff();
    if (channel === this.#parts.memory.value.channel) return;
    await this.#working;
    // What was loaded of the other channel stays where it is: it was chosen before, and is newer than what runs.
    if (this.#step !== 'ready') this.#show('idle', { offer: null, error: null });
    await this.#parts.memory.update({ channel, checkedMs: null });
    this.#parts.changed();
  }

  async setAutomatic(automatic: boolean): Promise<void> {
    this.#refuseOff();
    await this.#parts.memory.update({ automatic });
    this.#parts.changed();
  }

  async restart(): Promise<void> {
    if (this.#step !== 'ready') throw nothingReady();
    if (this.#parts.busy()) throw runsNow();
    this.#restarting = true;
    this.#parts.quit();
  }

  /** The end that was asked for does not come: somebody would rather let a run go on. */
  stays(): void {
    this.#restarting = false;
  }

  /**
   * The last thing before the program ends: puts in place what is ready. Never rejects: the old version then starts
   * again, and says what was wrong.
   * @returns true where the system ends the program itself
   */
  async last(): Promise<boolean> {
    if (this.#step !== 'ready') return false;
    try {
      const installed = await this.#parts.installer.install(this.#restarting);
      if (installed.next === 'program' && this.#restarting) this.#parts.startAgain(installed.program);
      return installed.next === 'system';
    } catch (error) {
      this.#parts.report(`updating: ${toHoldfastError(error).detail ?? String(error)}`);
      return false;
    }
  }

  #refuseOff(): void {
    if (this.#parts.off !== null) throw isOff();
  }

  #lookIn(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.clock.after(ms, () => {
      this.#lookIn(TIMING.lookMs);
      if (this.#due()) void this.#work(this.#step === 'waiting' && this.#asked);
    });
  }

  #due(): boolean {
    const { memory, clock } = this.#parts;
    const { automatic, checkedMs } = memory.value;
    if (!automatic) return false;
    const sinceMs = clock.now() - (checkedMs ?? Number.NEGATIVE_INFINITY);
    return this.#step === 'waiting' || sinceMs >= TIMING.askEveryMs || sinceMs < 0; // a clock that was set back
  }

  /** One piece of work at a time; whoever asks meanwhile gets that one. Never rejects. */
  #work(byHand: boolean): Promise<void> {
    this.#working ??= this.#update(byHand)
      .catch((thrown: unknown) => this.#failed(toHoldfastError(thrown)))
      .finally(() => {
        this.#working = null;
      });
    return this.#working;
  }

  async #update(byHand: boolean): Promise<void> {
    const { busy, mayLoad } = this.#parts;
    if (this.#step === 'ready') return await this.#askAgain();
    this.#asked = byHand;
    if (busy() && !byHand) return this.#show('waiting', { error: null });
    this.#offer = await this.#ask(byHand);
    if (this.#offer === null) return this.#show('idle', { error: null });
    if (busy() || (!byHand && !(await mayLoad()))) return this.#show('waiting', {});
    await this.#load(this.#offer);
  }

  async #ask(byHand: boolean): Promise<Offer | null> {
    const { memory, version, system, arch } = this.#parts;
    this.#show('checking', { error: null });
    const release = await this.#read();
    const { stagingId } = memory.value;
    const decision = decide(release, { version, stagingId, byHand, system, arch });
    return decision.kind === 'take' ? { release, file: decision.file } : null;
  }

  /** What is ready may have been withdrawn since. Never rejects: it stays ready where nobody can be asked. */
  async #askAgain(): Promise<void> {
    const { busy, report } = this.#parts;
    const ready = this.#offer?.release.version;
    if (busy() || ready === undefined) return;
    try {
      const { version, rollout } = await this.#read();
      if (rollout === 0 && compareVersions(version, ready) >= 0 && !this.#restarting)
        this.#show('idle', { offer: null });
    } catch (error) {
      report(`updates: ${toHoldfastError(error).detail ?? String(error)}`);
    }
  }

  /** What the channel offers, proven genuine and no step back. */
  async #read(): Promise<Release> {
    const { memory, source, clock } = this.#parts;
    const { channel } = memory.value;
    const release = await source.read(channel);
    refuseReplay(release, memory.value.seen[channel]);
    await memory.noteSeen(channel, { version: release.version, issuedMs: Date.parse(release.issued) });
    await memory.update({ checkedMs: clock.now() });
    return release;
  }

  async #load({ release, file }: Offer): Promise<void> {
    const { installer, source, memory, notify } = this.#parts;
    this.#show('loading', { error: null });
    this.#share = 0;
    try {
      await installer.load(release, file, source.folderOf(release), (share) => {
        this.#share = share;
        this.#parts.changed();
      });
    } finally {
      this.#share = null;
    }
    this.#show('ready', {});
    if (memory.value.told === release.version) return;
    await memory.update({ told: release.version });
    notify({
      title: say(text`Holdfast ${release.version} is ready`),
      body: say('It takes the place of this version when you restart Holdfast.'),
      open: { screen: 'settings', section: 'updates' },
      urgent: false,
    });
  }

  #failed(error: HoldfastError): void {
    this.#parts.report(`updates: ${error.detail ?? error.message}`);
    this.#show('idle', { offer: null, error });
  }

  #show(step: UpdatesState['step'], what: { offer?: null; error?: HoldfastError | null }): void {
    this.#step = step;
    if (what.offer === null) this.#offer = null;
    if (what.error !== undefined) this.#error = what.error;
    this.#parts.changed();
  }
}

function runsNow(): HoldfastError {
  return new HoldfastError(
    'busy',
    'Holdfast restarts when nothing runs.',
    'Wait until the backup or restore has ended, then restart. The update stays ready.',
    { severity: 'notice' },
  );
}

function nothingReady(): HoldfastError {
  return new HoldfastError('bad-input', 'No update is ready.', 'Check for updates first. Nothing was changed.', {
    severity: 'notice',
  });
}

function isOff(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'This Holdfast doesn’t update itself.',
    'Settings, under “Updates”, says who looks after it. Nothing was changed.',
    { severity: 'notice' },
  );
}
