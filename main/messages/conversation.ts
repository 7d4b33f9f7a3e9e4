/** Conversations as they are shown, and a collector that keeps what strangers send within bounds. */
import { phrase } from '../text.ts';

/** What stands where an archive has no name for somebody or something; the app says it in its language. */
export const UNNAMED = {
  sender: phrase('Unknown sender'),
  deleted: phrase('Deleted account'),
  saved: phrase('Saved messages'),
  whatsapp: phrase('WhatsApp chat'),
} as const;

/** `missing`: the file that was opened does not have it. */
export interface Attachment {
  /** Empty where the export does not name it. */
  name: string;
  kind: 'image' | 'audio' | 'video' | 'file';
  /** Number among the attachments of the file; null where it has none of its bytes. */
  ref: number | null;
}

export interface Message {
  /** Position in `people`; -1 for lines of nobody, such as "Anna joined". */
  from: number;
  /** YYYY-MM-DD as written in the export, or in this computer's time zone for mail; empty where it is not known. */
  day: string;
  /** HH:MM, or empty. */
  time: string;
  /** Of mail. */
  subject: string | null;
  text: string;
  attachments: Attachment[];
}

export interface Conversation {
  title: string;
  people: string[];
  messages: Message[];
}

/** Where the bytes of an attachment are. */
export type AttachmentPlace =
  /** A file beside the one that was opened, by its relative path. */
  | { in: 'folder'; path: string }
  /** A member of the opened ZIP archive. */
  | { in: 'zip'; member: number }
  /** Of mail: bytes [from, to) hold the message, in which it is the part of this number. */
  | { in: 'mail'; from: number; to: number; part: number };

export interface Archive {
  format: 'whatsapp' | 'telegram' | 'mail';
  conversations: Conversation[];
  places: AttachmentPlace[];
  /** A sentence where not everything was read. */
  cut: string | null;
}

export const LIMITS = {
  /** Of all conversations together. */
  messages: 200_000,
  /** Characters of one message, and of all. */
  text: 20_000,
  allText: 48_000_000,
  people: 5_000,
  name: 200,
  subject: 500,
  conversations: 2_000,
  attachments: 100_000,
  attachmentsOfOne: 200,
} as const;

const KINDS: readonly [Attachment['kind'], RegExp][] = [
  ['image', /\.(?:jpe?g|png|gif|webp|bmp|avif)$/i],
  ['audio', /\.(?:opus|ogg|oga|mp3|m4a|aac|wav|flac)$/i],
  ['video', /\.(?:mp4|m4v|mov|webm|mkv)$/i],
];

export const attachmentKind = (name: string): Attachment['kind'] =>
  KINDS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'file';

/** Collects messages of one archive. What goes beyond the limits is counted, not kept. */
export class Collector {
  readonly #conversations: Conversation[] = [];
  readonly #places: AttachmentPlace[] = [];
  readonly #people = new Map<string, number>();
  #messages = 0;
  #chars = 0;
  #leftOut = 0;

  /** Following messages belong to it. */
  begin(title: string): void {
    if (this.#conversations.length >= LIMITS.conversations) return;
    this.#people.clear();
    this.#conversations.push({ title: clip(title, LIMITS.name), people: [], messages: [] });
  }

  /** True while there is room for more. */
  get open(): boolean {
    return this.#messages < LIMITS.messages && this.#chars < LIMITS.allText;
  }

  /** @param sender null for lines of nobody */
  add(
    sender: string | null,
    message: Omit<Message, 'from' | 'attachments'>,
    files: readonly { name: string; place: AttachmentPlace | null }[] = [],
  ): void {
    const here = this.#conversations.at(-1);
    if (here === undefined || !this.open) {
      this.#leftOut++;
      return;
    }
    const text = clip(message.text, LIMITS.text);
    this.#messages++;
    this.#chars += text.length + 50;
    const subject = message.subject === null ? null : clip(message.subject, LIMITS.subject);
    const attachments = files.slice(0, LIMITS.attachmentsOfOne).map(({ name, place }): Attachment => {
      const full = place !== null && this.#places.length < LIMITS.attachments;
      return {
        name: clip(name, LIMITS.name),
        kind: attachmentKind(name),
        ref: full ? this.#places.push(place) - 1 : null,
      };
    });
    here.messages.push({ ...message, subject, text, from: this.#person(here, sender), attachments });
  }

  /** @param cut a sentence where the reader itself left something out */
  end(format: Archive['format'], cut: string | null = null): Archive {
    const more = this.#leftOut > 0 || !this.open;
    return {
      format,
      conversations: this.#conversations,
      places: this.#places,
      cut: cut ?? (more ? phrase('Only the first part is shown: there are more messages than a preview holds.') : null),
    };
  }

  #person(here: Conversation, sender: string | null): number {
    if (sender === null) return -1;
    const name = clip(sender, LIMITS.name);
    const known = this.#people.get(name);
    if (known !== undefined) return known;
    if (here.people.length >= LIMITS.people) return -1;
    const number = here.people.push(name) - 1;
    this.#people.set(name, number);
    return number;
  }
}

/** Not in the middle of a character. */
function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  const code = text.charCodeAt(most - 1);
  return `${text.slice(0, code >= 0xd800 && code <= 0xdbff ? most - 1 : most)}…`;
}

/** First message of each day, for jumps. */
export function daysOf({ messages }: Conversation): { day: string; index: number }[] {
  const days: { day: string; index: number }[] = [];
  for (const [index, { day }] of messages.entries()) {
    if (day !== '' && day !== days.at(-1)?.day) days.push({ day, index });
  }
  return days;
}

const FOUND = 2_000;

/** Positions of the messages that have the words, in any case; at most 2,000 of them. */
export function findIn(conversation: Conversation, query: string): { found: number[]; total: number } {
  const wanted = query.trim().toLowerCase();
  const found: number[] = [];
  let total = 0;
  if (wanted === '') return { found, total };
  for (const [index, { text, subject, attachments }] of conversation.messages.entries()) {
    const has =
      text.toLowerCase().includes(wanted) ||
      subject?.toLowerCase().includes(wanted) === true ||
      attachments.some(({ name }) => name.toLowerCase().includes(wanted));
    if (!has) continue;
    total++;
    if (found.length < FOUND) found.push(index);
  }
  return { found, total };
}
