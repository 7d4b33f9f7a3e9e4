/** Telegram's export in JSON (result.json): one chat, or the chats of an account. */
import { Collector, type Archive, type AttachmentPlace, UNNAMED } from './conversation.ts';

/** Most bytes of an export that is read: parsed, it takes about ten times as much. */
export const JSON_BYTES = 40 * 1024 * 1024;

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** True where the beginning of a JSON text is that of such an export. */
export function isTelegram(beginning: string): boolean {
  return (
    /^\s*\{/.test(beginning) &&
    /"(?:messages|list)"\s*:\s*\[/.test(beginning) &&
    /"(?:personal_information|about|date_unixtime|from_id|type)"\s*:/.test(beginning) &&
    /"(?:personal_chat|private_group|private_supergroup|public_supergroup|private_channel|public_channel|bot_chat|saved_messages|chats)"/.test(
      beginning,
    )
  );
}

/** Levels of an export are about ten; its values about a million for 40 MiB. */
const DEPTH = 50;
const VALUES = 4_000_000;

/**
 * True where parsing takes memory as exports do. The platform's parser cannot be stopped, and one that runs out of memory
 * ends the whole program: a file that is nothing but brackets would.
 */
function isModest(text: string): boolean {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string: to its other quotation mark
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        values++;
        if (++depth > DEPTH) return false;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
      case 0x2c: // ,
      case 0x3a: // :
        if (++values > VALUES) return false;
    }
  }
  return true;
}

/** Null where it is no such export. */
export function readTelegram(text: string): Archive | null {
  if (!isModest(text)) return null;
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(root)) return null;
  const chats = isObject(root['chats']) ? root['chats']['list'] : [root];
  if (!Array.isArray(chats)) return null;
  const collector = new Collector();
  let any = false;
  for (const chat of chats as unknown[]) {
    if (!isObject(chat) || !Array.isArray(chat['messages'])) continue;
    any = true;
    collector.begin(textOf(chat['name']) || (chat['type'] === 'saved_messages' ? UNNAMED.saved : UNNAMED.deleted));
    for (const message of chat['messages'] as unknown[]) if (isObject(message)) add(collector, message);
  }
  return any ? collector.end('telegram') : null;
}

function add(collector: Collector, message: Json): void {
  const [, day = '', time = ''] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(textOf(message['date'])) ?? [];
  const common = { day, time, subject: null };
  if (message['type'] === 'service') {
    const who = textOf(message['actor']);
    const what = textOf(message['action']).replaceAll('_', ' ');
    const title = textOf(message['title']);
    collector.add(null, { ...common, text: [who, what, title].filter((word) => word !== '').join(' ') });
    return;
  }
  const files = [message['photo'], message['file']].flatMap((path) =>
    typeof path === 'string' && path !== '' ? [fileOf(path, textOf(message['file_name']))] : [],
  );
  const sender = textOf(message['from']) || UNNAMED.deleted;
  collector.add(sender, { ...common, text: richText(message['text']) }, files);
}

function fileOf(path: string, given: string): { name: string; place: AttachmentPlace | null } {
  // In place of what was left out stands a sentence in brackets.
  const name = given !== '' ? given : path.startsWith('(') ? '' : (path.split('/').at(-1) ?? path);
  return { name, place: path.startsWith('(') ? null : { in: 'folder', path } };
}

/** A text, or pieces of text some of which are formatted. */
function richText(text: unknown): string {
  if (typeof text === 'string') return text;
  if (!Array.isArray(text)) return '';
  return (text as unknown[]).map((part) => (isObject(part) ? textOf(part['text']) : textOf(part))).join('');
}
