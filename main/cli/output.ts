/** How commands print: for people (a status line on a terminal, a summary), or one JSON object a line. */
import type { TrafficCount } from '../destinations/traffic.ts';
import { toHoldfastError, type HoldfastError } from '../errors.ts';
import type { EngineEvent, EnginePhase, ProgressEvent } from '../engine/api.ts';

/** Exit codes, as the README lists them. */
export const Exit = { done: 0, failed: 1, incomplete: 3, refused: 4, stopped: 130 } as const;

const PHASE_WORDS: Record<EnginePhase, string> = {
  scan: 'Scanning',
  compare: 'Comparing',
  upload: 'Encrypting and storing',
  finish: 'Finishing',
  copy: 'Copying',
  verify: 'Verifying',
  restore: 'Restoring',
};

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

export const countText = (n: number): string => n.toLocaleString('en');

export class Output {
  readonly #json: boolean;
  readonly #terminal: boolean;
  #lastStatus = 0;
  #statusShown = false;
  /** What passed to and from servers in this command. */
  readonly traffic: { destination: string; count: TrafficCount }[] = [];
  /** Bytes that the command's result is about: backed up, restored or checked. */
  resultBytes = 0;

  constructor(json: boolean) {
    this.#json = json;
    this.#terminal = !json && process.stderr.isTTY === true;
  }

  /** Passed to verbs. */
  readonly emit = (event: EngineEvent): void => {
    if (event.type === 'traffic') this.traffic.push({ destination: event.destination, count: event.count });
    if (this.#json) {
      if (event.type !== 'phase') this.#line(event);
      return;
    }
    if (event.type === 'progress') this.#status(event);
    else if (event.type === 'message') this.warn(event.text);
    else if (event.type === 'skipped' && event.item.reason !== 'destination-inside') {
      this.warn(`${oneLine(event.item.path)}: ${event.item.message} ${event.item.guidance}`);
    }
  };

  /** The command's result: `text` for people, the whole for JSON. */
  result(value: object, text: string): void {
    this.#clear();
    this.resultBytes = bytesOf(value);
    if (this.#json) this.#line({ type: 'result', ...value });
    else process.stdout.write(`${text}\n`);
  }

  /** A line of a long result as it comes, for people; in JSON its event tells it. */
  print(text: string): void {
    if (this.#json) return;
    this.#clear();
    process.stdout.write(`${text}\n`);
  }

  warn(text: string): void {
    this.#clear();
    if (this.#json) this.#line({ type: 'message', level: 'warning', text });
    else process.stderr.write(`${text}\n`);
  }

  error(thrown: unknown): HoldfastError {
    const error = toHoldfastError(thrown);
    this.#clear();
    if (this.#json) this.#line({ type: 'error', ...error.toInfo() });
    else process.stderr.write(`${error.message}\n${error.guidance}\n${detailLine(error)}`);
    return error;
  }

  #line(value: object): void {
    // What other languages are said from is for the app.
    process.stdout.write(`${JSON.stringify(value, (key, part: unknown) => (key === 'said' ? undefined : part))}\n`);
  }

  #status(event: ProgressEvent): void {
    if (!this.#terminal || performance.now() - this.#lastStatus < 100) return;
    this.#lastStatus = performance.now();
    const total = event.totalBytes ?? 0;
    const share = total > 0 ? `${String(Math.min(100, Math.floor((event.bytes / total) * 100))).padStart(3)} %  ` : '';
    const parts = [`${countText(event.files)} files`, bytesText(event.bytes)];
    if (event.storedBytes > 0) parts.push(`${bytesText(event.storedBytes)} stored`);
    const head = `${PHASE_WORDS[event.phase]}  ${share}${parts.join(', ')}`;
    const room = (process.stderr.columns ?? 80) - head.length - 3;
    const path = event.currentPath === null || room < 12 ? '' : `  ${shorten(oneLine(event.currentPath), room)}`;
    process.stderr.write(`\r\x1b[K${head}${path}`);
    this.#statusShown = true;
  }

  #clear(): void {
    if (!this.#statusShown) return;
    process.stderr.write('\r\x1b[K');
    this.#statusShown = false;
  }
}

function bytesOf(value: object): number {
  for (const name of ['restoredBytes', 'bytesRead', 'bytes']) {
    const bytes: unknown = Reflect.get(value, name);
    if (typeof bytes === 'number') return bytes;
  }
  return 0;
}

const detailLine = (error: HoldfastError): string =>
  error.detail === undefined || error.code === 'bad-input' ? '' : `(${error.code}: ${oneLine(error.detail)})\n`;

/** Names come from the backup: control characters must not reach the terminal. */
export function oneLine(text: string): string {
  // \p{Cf}: invisible formatting, such as the marks that turn the direction of text.
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

const shorten = (text: string, room: number): string =>
  text.length <= room ? text : `…${text.slice(text.length - room + 1)}`;
