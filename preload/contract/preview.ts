/** `preview`: what is in a file of a backup, shown without restoring it. */
import { z } from 'zod';
import { Bytes, Ok, method } from './parts.ts';

const PreviewId = z.string().regex(/^[0-9a-f]{32}$/);

export const TextPage = z.object({
  /** `start` is false where a line goes on that was too long for one row. */
  lines: z.array(z.object({ start: z.boolean(), text: z.string() })),
  /** Byte at which the next page begins; null after the last. */
  next: Bytes.nullable(),
});
export type TextPage = z.infer<typeof TextPage>;

export const HexRow = z.object({ offset: z.number(), hex: z.string(), text: z.string() });
export type HexRow = z.infer<typeof HexRow>;

/** `what`: in words, e.g. "PNG picture". */
export const Look = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('text'),
    what: z.string(),
    encoding: z.enum(['UTF-8', 'UTF-16', 'Latin-1']),
    /** Lines have numbers. */
    code: z.boolean(),
    first: TextPage,
  }),
  /** Pixels; 0 for a drawing, which has any size. */
  z.object({ kind: z.literal('image'), what: z.string(), type: z.string(), width: z.number(), height: z.number() }),
  z.object({ kind: z.literal('audio'), what: z.string(), type: z.string() }),
  z.object({ kind: z.literal('video'), what: z.string(), type: z.string() }),
  z.object({
    kind: z.literal('messages'),
    what: z.string(),
    format: z.enum(['whatsapp', 'telegram', 'mail']),
    conversations: z.array(
      z.object({
        title: z.string(),
        messages: z.number(),
        /** In the order in which they spoke first; at most 200. */
        people: z.array(z.string()),
        /** YYYY-MM-DD; empty where no date is known. */
        firstDay: z.string(),
        lastDay: z.string(),
      }),
    ),
    /** A sentence where not everything was read. */
    cut: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('pdf'),
    what: z.string(),
    /** Of the whole document. */
    pages: z.number().int().positive(),
    /** Of the pages that can be shown, in points (1/72 inch): the first 2,000 at most. */
    sizes: z.array(z.object({ width: z.number().positive(), height: z.number().positive() })),
  }),
  /** `why`: why it is not shown as what it is; null where Holdfast knows no more of it. */
  z.object({ kind: z.literal('bytes'), what: z.string(), why: z.string().nullable(), rows: z.array(HexRow) }),
]);
export type Look = z.infer<typeof Look>;

export const ArchiveMessage = z.object({
  /** Position in `people`; -1 for lines of nobody. */
  from: z.number(),
  day: z.string(),
  time: z.string(),
  subject: z.string().nullable(),
  text: z.string(),
  attachments: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['image', 'audio', 'video', 'file']),
      /** Null where the export does not have it. */
      ref: z.number().nullable(),
    }),
  ),
});
export type ArchiveMessage = z.infer<typeof ArchiveMessage>;

export const PdfPage = z.object({
  /** Pixels. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** Red, green, blue and opacity of each pixel, row by row. */
  pixels: z.instanceof(Uint8Array),
  /** The words on it. */
  text: z.string(),
});
export type PdfPage = z.infer<typeof PdfPage>;

const Position = z.number().int().nonnegative();

export const previewMethods = {
  /** Opens a file; one that was open is closed. Pictures, sound and films are then at `preview://<id>/view`. */
  open: method(
    z.object({ snapshotId: z.string().max(64), entryId: z.string().max(1_000_000) }),
    z.object({ id: PreviewId, name: z.string(), size: Bytes, look: Look }),
  ),
  /** A further page of a text. */
  text: method(z.object({ id: PreviewId, from: z.number().int().nonnegative() }), TextPage),
  /** How a page of a PDF looks. `width`: pixels that are wanted; the page may have fewer. */
  page: method(z.object({ id: PreviewId, page: Position, width: z.number().int().min(16).max(8_000) }), PdfPage),
  /** Of an archive of messages, which may hold several conversations. */
  messages: method(
    z.object({ id: PreviewId, conversation: Position, from: Position, count: z.number().int().min(1).max(200) }),
    z.array(ArchiveMessage),
  ),
  /** First message of each day. */
  days: method(
    z.object({ id: PreviewId, conversation: Position }),
    z.array(z.object({ day: z.string(), index: z.number() })),
  ),
  /** Positions of at most 2,000 messages that have the words, and how many there are. */
  find: method(
    z.object({ id: PreviewId, conversation: Position, query: z.string().max(200) }),
    z.object({ found: z.array(z.number()), total: z.number() }),
  ),
  /** What an attachment is; it is then at `preview://<id>/view/<ref>` where a page can show it. */
  attachment: method(z.object({ id: PreviewId, ref: Position }), z.object({ look: Look, size: Bytes })),
  /** `id` null: what is being opened. */
  close: method(z.object({ id: PreviewId.nullable() }), Ok),
} as const;
