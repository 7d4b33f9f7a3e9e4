/** WhatsApp's chat export: lines of text, with the files named in it beside it. */
import { Collector, type Archive, type AttachmentPlace, UNNAMED } from './conversation.ts';
import { dateOrder, dayOf, lineHead, timeOf, type LineHead } from './whatsapp-dates.ts';

/** Most bytes of the text of a chat. */
export const CHAT_BYTES = 64 * 1024 * 1024;
const MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const NAME_CHARS = 120;

/** What stands behind a file's name on Android, in the languages whose words are known. */
const ATTACHED =
  /^(.{1,200}\.[A-Za-z0-9]{1,5}) \((?:file attached|Datei angehängt|fichier joint|archivo adjunto|file allegato|arquivo anexado|ficheiro anexado|bestand bijgevoegd|файл добавлен|الملف مرفق|dosya ekli|plik dołączony|vedhæftet fil|bifogad fil|fil vedlagt|文件附件|檔案附件|파일 첨부됨|ファイル添付)\)/;
/** Files that WhatsApp itself has named, whatever the words behind. */
const NAMED = /^((?:IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d{1,6}\.[A-Za-z0-9]{1,5})(?: \([^()]{2,40}\))?(?=\n|$)/;
/** iOS: "<attached: 0012-PHOTO-2020-12-31-23-59-59.jpg>". */
const ATTACHED_IOS = /^<[^<>:]{2,30}:\s?([^<>\n]{1,200}\.[A-Za-z0-9]{1,5})>/;
const OMITTED =
  /^(?:<(?:Media omitted|Medien ausgeschlossen|Médias omis|Multimedia omitido|Archivo omitido|Media omessi|Mídia oculta|Arquivo de mídia oculto|Media weggelaten|Без медиафайлов|تم استبعاد الوسائط|Medya dahil edilmedi|pominięto multimedia|Media utelämnat|省略多媒体文件|略過多媒體檔案|미디어 제외됨)>|(?:image|video|audio|GIF|sticker|document|Contact card|Bild|Video|Audio|Sticker|Dokument|imagen|audio|vidéo|image) (?:omitted|weggelassen|omitid[oa]|absente?|omis[e]?))$/i;

interface Line {
  head: LineHead;
  text: string;
}

/** True where the beginning of a text is that of a chat: of its first lines at least two, or all there are, have heads. */
export function isWhatsApp(beginning: string): boolean {
  const lines = beginning.split(/\r?\n/, 40).filter((line) => line !== '');
  const heads = lines.filter((line) => lineHead(line) !== null).length;
  return (
    lineHead(lines[0] ?? '') !== null && (heads >= 2 || (lines.length <= 3 && /:\s|encrypt/i.test(lines[0] ?? '')))
  );
}

/**
 * @param text the whole export
 * @param name of its file, which names the other person or the group
 * @param find where a file that it names is; null where it is not there
 */
export function readWhatsApp(
  text: string,
  name: string,
  find: (file: string) => AttachmentPlace | null,
  cut: string | null = null,
): Archive {
  const collector = new Collector();
  collector.begin(titleOf(name));
  const lines = linesOf(text);
  const order = dateOrder(lines.map(({ head }) => head));
  for (const { head, text: said } of lines) {
    const { sender, body } = senderOf(said);
    const { rest, file } = fileOf(body);
    const message = { day: dayOf(head, order), time: timeOf(head), subject: null, text: rest };
    collector.add(sender, message, file === null ? [] : [{ name: file, place: file === '' ? null : find(file) }]);
  }
  return collector.end('whatsapp', cut);
}

/** "WhatsApp Chat with Anna.txt", "WhatsApp Chat - Anna.zip" and their like in other languages. */
function titleOf(name: string): string {
  const stem = name.replace(/\.(?:txt|zip)$/i, '');
  const named = /^WhatsApp.{0,12}?(?: with | mit | avec | con | com | met | - )(.+)$/i.exec(stem);
  return named?.[1] ?? (stem === '_chat' ? UNNAMED.whatsapp : stem);
}

/** A line without a head belongs to the message before it. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let parts: string[] = [];
  let head: LineHead | null = null;
  const flush = (): void => {
    if (head !== null) lines.push({ head, text: parts.join('\n') });
  };
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end === -1 ? text.length : end).replace(/\r$/, '');
    at = end === -1 ? text.length : end + 1;
    const found = lineHead(line);
    if (found === null) {
      parts.push(line);
      continue;
    }
    flush();
    head = found;
    parts = [found.rest];
  }
  flush();
  return lines;
}

function senderOf(said: string): { sender: string | null; body: string } {
  const at = said.indexOf(': ');
  const end = at === -1 && said.endsWith(':') ? said.length - 1 : at;
  const sender = said.slice(0, end).replace(MARKS, '').trim();
  if (end <= 0 || sender === '' || sender.length > NAME_CHARS || sender.includes('\n')) {
    return { sender: null, body: said.replace(MARKS, '').trimEnd() };
  }
  return { sender, body: said.slice(end + 2) };
}

/** The file that a message is, or carries; empty where the export left it out. */
function fileOf(body: string): { rest: string; file: string | null } {
  const plain = body.replace(/^[\u200e\u200f]+/, '');
  if (OMITTED.test(plain.trim())) return { rest: '', file: '' };
  const found = ATTACHED.exec(plain) ?? NAMED.exec(plain) ?? ATTACHED_IOS.exec(plain);
  if (found !== null) return { rest: plain.slice(found[0].length).replace(/^\n/, '').trimEnd(), file: found[1] ?? '' };
  // iOS may write a caption first.
  const last = /^([\s\S]*?)\s?\u200e<[^<>:]{2,30}:\s?([^<>\n]{1,200}\.[A-Za-z0-9]{1,5})>$/.exec(
    body.slice(0, 20_000).trimEnd(),
  );
  if (last !== null) return { rest: last[1] ?? '', file: last[2] ?? '' };
  return { rest: body.trimEnd(), file: null };
}
