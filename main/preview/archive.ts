/** Opens what is an archive of messages: chats and mail, with the files that belong to them. */
import { type Archive, type AttachmentPlace, type Conversation, daysOf } from '../messages/conversation.ts';
import { isMail, isMbox, mailAttachments, readEml, readMbox } from '../messages/mbox.ts';
import { readAll, type Source, sourceOf } from '../messages/source.ts';
import { isTelegram, JSON_BYTES, readTelegram } from '../messages/telegram.ts';
import { CHAT_BYTES, isWhatsApp, readWhatsApp } from '../messages/whatsapp.ts';
import { phrase } from '../text.ts';
import type { ConversationFacts, Look } from './api.ts';
import type { TextForm } from './text.ts';
import { notThere, ZipArchive } from './zip.ts';

/** Most bytes of an attachment inside an archive. */
const ATTACHMENT_BYTES = 64 * 1024 * 1024;
const PEOPLE = 200;

const WORDS = { whatsapp: phrase('WhatsApp chat'), telegram: phrase('Telegram export'), mail: phrase('mail') } as const;

export interface OpenArchive {
  archive: Archive;
  /** Errors: path-not-found, bad-input (too large, damaged), those of reading. */
  attachment(ref: number): Promise<Source>;
}

/** Opens another file of the backup by its path from the opened file's folder. */
export type Beside = (path: string) => Promise<Source>;

/** Null where a ZIP archive holds no chat. Errors: those of reading. */
export async function openZip(source: Source, name: string): Promise<OpenArchive | null> {
  const zip = await ZipArchive.open(source);
  const names = zip?.names ?? [];
  const chat = names.findIndex((path) => /^(?:[^/]*\/)?(?:_chat|WhatsApp[^/]*)\.txt$/i.test(path));
  if (zip === null || chat === -1) return null;
  const text = decode(await zip.bytes(chat, CHAT_BYTES));
  if (!isWhatsApp(text.slice(0, 16_384))) return null;
  const members = new Map(names.map((path, i) => [path.split('/').at(-1) ?? path, i]));
  const find = (file: string): AttachmentPlace | null => {
    const member = members.get(file);
    return member === undefined ? null : { in: 'zip', member };
  };
  const inner = names[chat]?.split('/').at(-1) ?? '';
  const archive = readWhatsApp(text, inner === '_chat.txt' ? name : inner, find);
  return opened(archive, source, async () => Promise.reject(notThere()), zip);
}

/** Null where a text is no archive of messages. Errors: those of reading. */
export async function openText(
  source: Source,
  name: string,
  beginning: string,
  form: TextForm,
  beside: Beside,
): Promise<OpenArchive | null> {
  const archive = await readText(source, name, beginning, form);
  return archive === null ? null : opened(archive, source, beside, null);
}

async function readText(source: Source, name: string, beginning: string, form: TextForm): Promise<Archive | null> {
  if (isMbox(beginning)) return await readMbox(source, name);
  if (!/\.(?:txt|md|json|[a-z]{1,4}x?)$/i.test(name.replace(/\.eml$/i, '')) && isMail(beginning)) {
    return await readEml(source, name);
  }
  if (/\.txt$/i.test(name) && isWhatsApp(beginning)) {
    const cut = source.size > CHAT_BYTES ? phrase('Only the first 64 MiB of it are shown.') : null;
    const text = new TextDecoder(form.label).decode(await readAll(source, 0, CHAT_BYTES));
    return readWhatsApp(text, name, (file) => ({ in: 'folder', path: file }), cut);
  }
  if (/\.json$/i.test(name) && source.size <= JSON_BYTES && isTelegram(beginning)) {
    return readTelegram(decode(await readAll(source, 0, JSON_BYTES)));
  }
  return null;
}

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8').decode(bytes);

function opened(archive: Archive, source: Source, beside: Beside, zip: ZipArchive | null): OpenArchive {
  const mailed = mailAttachments(source);
  return {
    archive,
    attachment: async (ref) => {
      const place = archive.places[ref];
      if (place === undefined) throw notThere();
      if (place.in === 'folder') return await beside(place.path);
      if (place.in === 'zip') {
        if (zip === null) throw notThere();
        return sourceOf(await zip.bytes(place.member, ATTACHMENT_BYTES));
      }
      const bytes = await mailed(place.from, place.to, place.part);
      if (bytes === null) throw notThere();
      return sourceOf(Uint8Array.from(bytes));
    },
  };
}

export function factsOf({ archive }: OpenArchive): Look {
  const { format, conversations, cut } = archive;
  return { kind: 'messages', what: WORDS[format], format, conversations: conversations.map(conversationFacts), cut };
}

function conversationFacts(conversation: Conversation): ConversationFacts {
  const { title, messages, people } = conversation;
  const days = daysOf(conversation).map(({ day }) => day);
  return {
    title,
    messages: messages.length,
    people: people.slice(0, PEOPLE),
    firstDay: days[0] ?? '',
    lastDay: days.at(-1) ?? '',
  };
}
