/** Calls of the operating system that Node does not make, by way of koffi, an optional package that needs no build. */
import { createRequire } from 'node:module';

/** A shared library whose functions are declared by C prototypes. Integers of 64 bits come as numbers where they fit. */
export interface Library {
  func(prototype: string): (...args: unknown[]) => number;
}

export interface Native {
  /** Null: what this process has loaded anyway, the C library among it. */
  load(name: string | null): Library;
  /** `errno` after the last call of this thread. */
  errno(): number;
}

let native: Native | null | undefined;

/** Null where the package is missing or does not run here: then only what Node can do is done. */
export function loadNative(): Native | null {
  if (native === undefined) {
    try {
      native = createRequire(import.meta.url)('koffi') as Native;
    } catch {
      native = null;
    }
  }
  return native;
}

/** The functions of a library by the prototypes in C, each under its name. Throws where it lacks one. */
export function bind<T>(library: Library, prototypes: Record<keyof T, string>): T {
  const names = Object.keys(prototypes) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, library.func(prototypes[name])])) as T;
}
