/** The log: one JSON object a line, by the server's own logger. What is in a line is decided where it is written. */
import { randomUUID } from 'node:crypto';

/** Where lines go, e.g. `process.stdout`. */
export interface LogStream {
  write(line: string): void;
}

export interface LogOptions {
  level: string;
  stream: LogStream;
  /** In every line. */
  base: Record<string, string>;
  formatters: { level(label: string): { level: string } };
}

/** @param level `silent`, `error`, `warn`, `info` or `debug` */
export function logOptions(site: string, level: string, stream: LogStream): LogOptions {
  return { level, stream, base: { site, run: randomUUID() }, formatters: { level: (label) => ({ level: label }) } };
}

/** The part of a logger that background work needs. */
export interface Log {
  info(facts: object): void;
  warn(facts: object): void;
}
