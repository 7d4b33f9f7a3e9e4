/** `excludes`: rules for what is left out, from a file and into one. */
import { z } from 'zod';
import { Nothing, method } from './parts.ts';

/** Whose syntax a file is in. */
export const ExcludeKind = z.enum(['git', 'restic', 'borg']);
export type ExcludeKind = z.infer<typeof ExcludeKind>;

export const ExcludesFile = z.object({
  /** Its name, without folders. */
  name: z.string(),
  kind: ExcludeKind,
  /** The folder that all of its rules are limited to; null where they hold everywhere. */
  folder: z.string().nullable(),
  taken: z.array(z.object({ line: z.number(), text: z.string(), rule: z.string() })),
  /** Lines that cannot be rules here, each with the reason. */
  left: z.array(
    z.object({
      line: z.number(),
      text: z.string(),
      why: z.enum(['too-long', 'no-rule', 'variable', 'expression', 'keeps', 'after-keeps', 'roots']),
    }),
  ),
});
export type ExcludesFile = z.infer<typeof ExcludesFile>;

export const excludesMethods = {
  /** Asks for a file and reads it; null where the person cancelled. Nothing is changed. */
  open: method(Nothing, ExcludesFile.nullable()),
  /** The same file once more, as one of another program. */
  readAs: method(z.object({ kind: ExcludeKind }), ExcludesFile),
  /** Writes rules into a file that the person names; false where they cancelled. */
  save: method(z.object({ excludes: z.array(z.string().max(4096)).max(5000) }), z.boolean()),
} as const;
