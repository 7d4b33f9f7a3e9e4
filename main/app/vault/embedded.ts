/**
 * The key vault of this computer, for trying out passwords without a server: a child process that runs for as long as
 * the app, started when something needs it and started again when it dies.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { HoldfastError } from '../../errors.ts';
import type { Clock } from '../../jobs/ports.ts';
import type { VaultPlace } from '../../keys/vault/api.ts';

export type VaultProcess = ChildProcessByStdio<Writable, Readable, Readable>;

export interface EmbeddedParts {
  /** Starts the program; its first line on stdout says where it listens, and it ends when its stdin is closed. */
  run: () => VaultProcess;
  /** True where the vault was used on this computer before. */
  exists: () => boolean;
  clock: Clock;
  /** Told that it died, with what it wrote to stderr last. */
  report: (what: string) => void;
}

/** The one line that says it is ready. */
const Ready = z.object({ url: z.url({ protocol: /^https$/ }), fingerprint: z.string().regex(/^[0-9a-f]{64}$/) });

/** Making its keys, the first time, takes some seconds on a slow computer. */
const READY_WITHIN_MS = 60_000;
/** Waits before it is started again after it died; the last one stays. */
const AGAIN_AFTER_MS = [1_000, 5_000, 30_000] as const;
/** Time to end by itself before it is killed. */
const END_WITHIN_MS = 3_000;
const KEPT_STDERR = 2_000;

export class EmbeddedVault {
  readonly #parts: EmbeddedParts;
  #process: VaultProcess | null = null;
  #ready: Promise<VaultPlace> | null = null;
  #deaths = 0;
  #cancelRestart: (() => void) | null = null;
  #stopped = false;

  constructor(parts: EmbeddedParts) {
    this.#parts = parts;
  }

  exists(): boolean {
    return this.#parts.exists();
  }

  /**
   * Starts it, or waits for the one that is starting, or gives the one that runs.
   * @throws HoldfastError `vault-unreachable` if it does not come up
   */
  async start(): Promise<VaultPlace> {
    if (this.#stopped) throw notUp('the app is quitting');
    this.#cancelRestart?.();
    this.#cancelRestart = null;
    this.#ready ??= this.#launch();
    return await this.#ready;
  }

  /** Ends it; it is not started again. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRestart?.();
    const running = this.#process;
    if (running === null) return;
    const gone = new Promise<void>((resolve) => running.once('close', () => resolve()));
    running.stdin.end();
    const cancel = this.#parts.clock.after(END_WITHIN_MS, () => running.kill('SIGKILL'));
    await gone;
    cancel();
  }

  #launch(): Promise<VaultPlace> {
    const child = this.#parts.run();
    this.#process = child;
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-KEPT_STDERR);
    });
    // Writing to a process that died is not a fault of the app.
    child.stdin.on('error', () => undefined);
    return new Promise((resolve, reject) => {
      let output = '';
      let answered = false;
      const cancel = this.#parts.clock.after(READY_WITHIN_MS, () => child.kill('SIGKILL'));
      const refuse = (why: string): void => {
        cancel();
        if (!answered) reject(notUp(errors.trim() === '' ? why : errors.trim()));
        answered = true;
      };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (answered) return;
        output += text;
        const end = output.indexOf('\n');
        if (end < 0) return;
        const place = readyLine(output.slice(0, end));
        if (place === null) return void child.kill('SIGKILL');
        cancel();
        answered = true;
        this.#deaths = 0;
        resolve(place);
      });
      child.once('error', (error) => {
        refuse(error.message);
        this.#gone(child);
      });
      child.once('close', (code, signal) => {
        const up = answered;
        refuse(`it ended with ${signal ?? String(code)}`);
        this.#gone(child);
        if (up && !this.#stopped) this.#again(`${signal ?? String(code)} ${errors.trim()}`.trim());
      });
    });
  }

  #gone(child: VaultProcess): void {
    if (this.#process !== child) return;
    this.#process = null;
    this.#ready = null;
  }

  #again(how: string): void {
    const wait = AGAIN_AFTER_MS[Math.min(this.#deaths, AGAIN_AFTER_MS.length - 1)] ?? 0;
    this.#deaths += 1;
    this.#parts.report(`the vault on this computer ended (${how}); it is started again`);
    this.#cancelRestart = this.#parts.clock.after(wait, () => void this.start().catch(() => undefined));
  }
}

/** The program as a child of this app: Electron as plain Node, no shell, nothing inherited but its pipes. */
export function embeddedProgram(program: string, folder: string): Pick<EmbeddedParts, 'run' | 'exists'> {
  return {
    run: () =>
      spawn(process.execPath, [program, 'embedded', '--folder', folder], {
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
        stdio: ['pipe', 'pipe', 'pipe'],
        windowsHide: true,
      }),
    exists: () => existsSync(folder),
  };
}

function readyLine(line: string): VaultPlace | null {
  try {
    const { url, fingerprint } = Ready.parse(JSON.parse(line));
    return { urls: [new URL(url).origin], fingerprint };
  } catch {
    return null;
  }
}

function notUp(detail: string): HoldfastError {
  return new HoldfastError(
    'vault-unreachable',
    'The vault on this computer did not start.',
    'Check that SoftHSM2 is installed, then try again. Your backup is not affected.',
    { detail },
  );
}
