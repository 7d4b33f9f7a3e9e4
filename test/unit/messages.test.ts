/** Chats and mail out of files of strangers: samples in the ways of the programs that write them, and anything at all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { besidePath } from '../../main/jobs/previews.ts';
import { type Archive, daysOf, findIn, LIMITS } from '../../main/messages/conversation.ts';
import { htmlText } from '../../main/messages/html-text.ts';
import { decodeWords, parameters, senderName } from '../../main/messages/mail-words.ts';
import { isMail, isMbox, mailAttachments, readEml, readMbox } from '../../main/messages/mbox.ts';
import { readMail } from '../../main/messages/mime.ts';
import { type Source, sourceOf } from '../../main/messages/source.ts';
import { isTelegram, readTelegram } from '../../main/messages/telegram.ts';
import { isWhatsApp, readWhatsApp } from '../../main/messages/whatsapp.ts';
import { look } from '../../main/preview/look.ts';
import { ZipArchive } from '../../main/preview/zip.ts';
import { makePng, makeZip } from '../support/zip-file.ts';

const NONE = () => null;
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));
const not = async (): Promise<never> => Promise.reject(new Error('nothing is beside it'));
/** Looked into, with nothing beside it. */
const nowhere = { beside: not, pdfium: not };

/** Who, when and what of an archive's first conversation. */
const lines = ({ conversations: [first] }: Archive): string[] =>
  (first?.messages ?? []).map(
    ({ from, day, time, text, attachments }) =>
      `${day} ${time} ${first?.people[from] ?? '-'}: ${text}${attachments.map(({ name }) => `[${name}]`).join('')}`,
  );

describe('WhatsApp', () => {
  const read = (text: string): string[] => lines(readWhatsApp(text, 'WhatsApp Chat with Anna.txt', NONE));

  it.each([
    ['12/31/20, 11:59 PM - Anna: Hi: there', '2020-12-31 23:59 Anna: Hi: there'],
    ['1/31/21, 12:01\u202fAM - Anna: Hi', '2021-01-31 00:01 Anna: Hi'],
    ['31.12.20, 23:59 - Anna: Hallo', '2020-12-31 23:59 Anna: Hallo'],
    ['31/12/2020, 23:59 - Anna: Salut', '2020-12-31 23:59 Anna: Salut'],
    ['31/12/2020 11:59 p. m. - Anna: Hola', '2020-12-31 23:59 Anna: Hola'],
    ['2020-12-31, 23:59 - Anna: Hej', '2020-12-31 23:59 Anna: Hej'],
    ['2020/12/31 下午11:59 - Anna: 你好', '2020-12-31 23:59 Anna: 你好'],
    ['2020년 12월 31일 오후 11:59, Anna : 안녕', '2020-12-31 23:59 Anna: 안녕'],
    ['٣١/١٢/٢٠٢٠، ١١:٥٩ م - Anna: مرحبا', '2020-12-31 23:59 Anna: مرحبا'],
    ['31.12.2020 klo 23.59 - Anna: Moi', '2020-12-31 23:59 Anna: Moi'],
    ['\u200e[31.12.20, 23:59:59] Anna: Hallo', '2020-12-31 23:59 Anna: Hallo'],
    ['[12/31/20, 11:59:59\u202fPM] Anna: Hi', '2020-12-31 23:59 Anna: Hi'],
    ['[31/12/20 23:59:59] Anna: Hoi', '2020-12-31 23:59 Anna: Hoi'],
  ])('%j', (line, shown) => {
    expect(read(`${line}\n`)).toEqual([shown]);
    expect(isWhatsApp(`${line}\n${line}\n`)).toBe(true);
  });

  it('keeps lines of a message together, and lines of nobody apart', () => {
    const text =
      '31.12.20, 23:58 - Messages are end-to-end encrypted.\r\n31.12.20, 23:59 - Anna: one\r\ntwo\r\n\r\n1999 was fine\r\n01.01.21, 00:00 - Bert: three\r\n';
    expect(read(text)).toEqual([
      '2020-12-31 23:58 -: Messages are end-to-end encrypted.',
      '2020-12-31 23:59 Anna: one\ntwo\n\n1999 was fine',
      '2021-01-01 00:00 Bert: three',
    ]);
  });

  it('finds the files that were sent, and says which were left out', () => {
    const text = [
      '[31.12.20, 23:59:59] Anna: \u200e<attached: 0012-PHOTO-2020-12-31-23-59-59.jpg>',
      '[31.12.20, 23:59:59] Anna: look \u200e<Anhang: 0013-PHOTO.jpg>',
      '[31.12.20, 23:59:59] Anna: \u200eimage omitted',
    ].join('\n');
    expect(read(text).map((line) => line.slice(17))).toEqual([
      'Anna: [0012-PHOTO-2020-12-31-23-59-59.jpg]',
      'Anna: look[0013-PHOTO.jpg]',
      'Anna: []',
    ]);
    const android =
      '31.12.20, 23:59 - Anna: IMG-20201231-WA0001.jpg (Datei angehängt)\nat the sea\n31.12.20, 23:59 - Anna: report.pdf (file attached)\n31.12.20, 23:59 - Anna: <Media omitted>\n31.12.20, 23:59 - Anna: me (not a file)\n';
    const archive = readWhatsApp(android, '_chat.txt', (file) => ({ in: 'folder', path: file }));
    const found = archive.conversations[0]?.messages.map(({ text: said, attachments }) => [said, attachments[0]]);
    expect(found).toEqual([
      ['at the sea', { name: 'IMG-20201231-WA0001.jpg', kind: 'image', ref: 0 }],
      ['', { name: 'report.pdf', kind: 'file', ref: 1 }],
      ['', { name: '', kind: 'file', ref: null }],
      ['me (not a file)', undefined],
    ]);
  });

  it('tells days from months by what keeps the dates in order', () => {
    const days = (text: string) => readWhatsApp(text, 'x.txt', NONE).conversations[0]?.messages.map(({ day }) => day);
    expect(days('1/2/21, 10:00 - A: x\n2/1/21, 10:00 - A: y\n')).toEqual(['2021-01-02', '2021-02-01']);
    expect(days('2/1/21, 10:00 - A: x\n1/2/21, 10:00 - A: y\n')).toEqual(['2021-01-02', '2021-02-01']);
    expect(days('1/2/21, 10:00 - A: x\n1/13/21, 10:00 - A: y\n')).toEqual(['2021-01-02', '2021-01-13']);
  });

  it('opens out of a ZIP archive with its pictures', async () => {
    const photo = makePng(4, 4);
    const zip = makeZip([
      {
        name: '_chat.txt',
        bytes: bytesOf('[31.12.20, 23:59:59] Anna: \u200e<attached: p.png>\n[31.12.20, 23:59:59] Bert: hi\n'),
      },
      { name: 'p.png', bytes: photo },
    ]);
    const { look: shown, archive } = await look(sourceOf(zip), 'WhatsApp Chat - Anna.zip', nowhere);
    expect(shown).toMatchObject({ kind: 'messages', conversations: [{ title: 'Anna', people: ['Anna', 'Bert'] }] });
    const source = await archive?.attachment(0);
    expect(Buffer.from((await source?.read(0, 1000)) ?? []).equals(photo)).toBe(true);
    await expect(archive?.attachment(1)).rejects.toMatchObject({ code: 'path-not-found' });
  });
});

describe('ZIP archives', () => {
  it('never unfold to more than the limit, whatever they say', async () => {
    const zeros = new Uint8Array(8_000_000);
    const honest = await ZipArchive.open(sourceOf(makeZip([{ name: 'a', bytes: zeros }])));
    await expect(honest?.bytes(0, 1_000_000)).rejects.toMatchObject({ code: 'bad-input' });
    expect((await honest?.bytes(0, 8_000_000))?.length).toBe(8_000_000);
    const liar = await ZipArchive.open(sourceOf(makeZip([{ name: 'a', bytes: zeros, says: 1000 }])));
    await expect(liar?.bytes(0, 1_000_000)).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('of any bytes, and cut short anywhere, give an answer', async () => {
    const zip = makeZip([{ name: '_chat.txt', bytes: bytesOf('31.12.20, 23:59 - Anna: hi\n'.repeat(20)) }]);
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length), fc.nat(zip.length - 1), fc.nat(255), async (length, at, byte) => {
        const bytes = Uint8Array.from(zip);
        bytes[at] = byte;
        await look(sourceOf(bytes.subarray(0, length)), 'x.zip', nowhere).catch((error: { code?: string }) => {
          expect(error.code).toBe('bad-input');
        });
      }),
      { numRuns: 300 },
    );
  });

  it('are listed up to a limit, however long the names are', async () => {
    const bytes = bytesOf('x');
    const long = makeZip(Array.from({ length: 200 }, (_, i) => ({ name: `${i}${'n'.repeat(60_000)}`, bytes })));
    const zip = await ZipArchive.open(sourceOf(long));
    expect(zip?.names.length).toBeLessThan(140);
    expect(await zip?.bytes(100, 10)).toEqual(Buffer.from('x'));
  });

  it('with names that lead out of a folder are not opened', async () => {
    expect(await ZipArchive.open(sourceOf(makeZip([{ name: '../../etc/passwd', bytes: bytesOf('x') }])))).toBeNull();
  });
});

describe('Telegram', () => {
  const chat = {
    name: 'Anna',
    type: 'personal_chat',
    id: 1,
    messages: [
      { type: 'service', date: '2020-12-31T23:58:00', actor: 'Anna', action: 'create_group', title: 'Trip' },
      {
        type: 'message',
        date: '2020-12-31T23:59:59',
        from: 'Anna',
        from_id: 'user1',
        text: ['see ', { type: 'bold', text: 'this' }],
      },
      { type: 'message', date: '2021-01-01T00:00:01', from: null, text: '', photo: 'photos/p.jpg' },
      {
        type: 'message',
        date: 'soon',
        from: 'Bert',
        text: 5,
        file: '(File not included. Change data exporting settings to download.)',
      },
      'not a message',
    ],
  };

  it('shows one chat, or those of an account', () => {
    const text = JSON.stringify(chat, null, 1);
    expect(isTelegram(text)).toBe(true);
    const one = readTelegram(text);
    expect(one === null ? null : lines(one)).toEqual([
      '2020-12-31 23:58 -: Anna create group Trip',
      '2020-12-31 23:59 Anna: see this',
      '2021-01-01 00:00 Deleted account: [p.jpg]',
      '  Bert: []',
    ]);
    expect(one?.places).toEqual([{ in: 'folder', path: 'photos/p.jpg' }]);
    const all = readTelegram(JSON.stringify({ chats: { list: [chat, { name: 7, messages: [] }, null] } }));
    expect(all?.conversations.map(({ title }) => title)).toEqual(['Anna', 'Deleted account']);
  });

  it('of brackets alone is not parsed: the parser would take gigabytes for it, and cannot be stopped', () => {
    const begin = '{"name":"A","type":"personal_chat","messages":[';
    expect(readTelegram(`${begin}${'['.repeat(60)}${']'.repeat(60)}]}`)).toBeNull();
    expect(readTelegram(`${begin}${'{},'.repeat(2_500_000)}{}]}`)).toBeNull();
    const text = '[{"\\'.repeat(20_000); // inside of a string nothing counts
    expect(readTelegram(`${begin}{"from":"B","text":${JSON.stringify(text)}}]}`)?.conversations).toHaveLength(1);
  });

  it('is not what any other JSON is', () => {
    expect(isTelegram('{"messages": [1], "type": "mail"}')).toBe(false);
    for (const text of ['', '[]', '{"chats":3}', '{"messages":{}}', '['.repeat(200_000)])
      expect(readTelegram(text)).toBeNull();
  });
});

describe('mail', () => {
  it('reads words of other scripts in headers', () => {
    expect(decodeWords('=?utf-8?B?R3LDvMOfZQ==?= =?iso-8859-1?Q?_aus_K=F6ln?=')).toBe('Grüße aus Köln');
    expect(decodeWords('=?nobody-knows?Q?a=FCb?= plain')).toBe('aüb plain');
    expect(senderName('"Anna, Dr." <anna@example.org>')).toBe('Anna, Dr.');
    expect(senderName('<anna@example.org>')).toBe('anna@example.org');
    expect(senderName('anna@example.org')).toBe('anna@example.org');
    expect(parameters(`attachment; filename*0*=utf-8''a%20%C3%BC; filename*1=".pdf"`).params.get('filename')).toBe(
      'a ü.pdf',
    );
    expect(parameters('text/plain; charset="utf-8"; format=flowed').params.get('charset')).toBe('utf-8');
  });

  const mixed = [
    'From: =?utf-8?Q?Ann=C3=A4?= <a@example.org>',
    'Subject: Two',
    ' lines',
    'Date: Thu, 31 Dec 2020 23:59:59 +0000 (UTC)',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b1"',
    '',
    'preamble',
    '--b1',
    'Content-Type: multipart/alternative; boundary=b2',
    '',
    '--b2',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=C3=BC=',
    '=C3=9Fe',
    '--b2',
    'Content-Type: text/html',
    '',
    '<p>no</p>',
    '--b2--',
    '--b1',
    'Content-Type: image/png; name="p.png"',
    'Content-Disposition: attachment',
    'Content-Transfer-Encoding: base64',
    '',
    'aGVsbG8=',
    '--b1--',
    '',
  ].join('\r\n');

  it('reads parts, and hands out attachments', async () => {
    const mail = readMail(mixed);
    expect(mail).toMatchObject({
      from: 'Annä',
      subject: 'Two lines',
      text: 'Grüße',
      sentMs: Date.UTC(2020, 11, 31, 23, 59, 59),
    });
    expect(mail.attachments.map(({ name, type }) => [name, type])).toEqual([['p.png', 'image/png']]);
    const whole = sourceOf(bytesOf(mixed));
    let reads = 0;
    const source: Source = { ...whole, read: async (from, to) => (reads++, await whole.read(from, to)) };
    const attachment = mailAttachments(source);
    expect((await attachment(0, source.size, 0))?.toString()).toBe('hello');
    expect(await attachment(0, source.size, 1)).toBeNull();
    expect(reads).toBe(1);
    expect(await attachment(9, source.size, 1)).toBeNull();
    expect(reads).toBe(2);
    expect(isMail(mixed)).toBe(true);
    expect((await readEml(source, 'x.eml')).conversations[0]?.messages[0]?.attachments).toHaveLength(1);
  });

  it('makes text of HTML, and nothing else', () => {
    const html =
      '<html><head><title>t</title><style>p{}</style></head><body onload="x()"><p>One &amp; two<br>three&nbsp;&#x1F600;</p><script>alert(1)</script><!-- no --><ul><li>a<li>b</ul> 1 < 2 <img src="http://x/"></body>';
    expect(htmlText(html)).toBe('One & two\nthree 😀\n\na\nb\n1 < 2');
    expect(htmlText('<script>never closed')).toBe('');
    expect(htmlText('&#55296;&#x110000;&nothing;')).toBe('\ufffd\ufffd&nothing;');
  });

  it('finds the mails of a box, however they lie across pieces', async () => {
    const one = (n: number) =>
      `From a@example.org Thu Dec 31 23:59:59 2020\nFrom: P${n} <p@example.org>\nSubject: S${n}\n\n${'x'.repeat(n * 37)}\nFrom here on it is text\n>From there too\n>>From a quote\n\n`;
    const box = Array.from({ length: 40 }, (_, i) => one(i)).join('');
    expect(isMbox(box)).toBe(true);
    const { conversations, places } = await readMbox(sourceOf(bytesOf(box)), 'box');
    const messages = conversations[0]?.messages ?? [];
    expect(messages.map(({ subject }) => subject)).toEqual(Array.from({ length: 40 }, (_, i) => `S${i}`));
    expect(messages[3]?.text).toBe(`${'x'.repeat(111)}\nFrom here on it is text\nFrom there too\n>From a quote`);
    expect(places).toEqual([]);
    // A separator across the border of two pieces of 1 MiB.
    for (let shift = -60; shift <= 20; shift += 3) {
      const bytes = bytesOf(`${one(1).slice(0, -2)}${'y'.repeat(1024 * 1024 + shift - one(1).length)}\n\n${one(2)}`);
      const found = await readMbox(sourceOf(bytes), 'box');
      expect(found.conversations[0]?.messages.map(({ subject }) => subject)).toEqual(['S1', 'S2']);
    }
  });

  it('is bounded in nesting and parts', () => {
    let deep = 'Content-Type: text/plain\n\nend';
    for (let i = 0; i < 60; i++) deep = `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n${deep}\n--b${i}--`;
    expect(readMail(deep).attachments.length).toBeLessThanOrEqual(1);
    const wide = `Content-Type: multipart/mixed; boundary=b\n\n${'--b\nContent-Type: a/b\n\nx\n'.repeat(5000)}`;
    expect(readMail(wide).attachments.length).toBeLessThanOrEqual(500);
  });
});

describe('anything', () => {
  const words = fc.constantFrom(
    'From ',
    'From: a\n',
    '\n\n',
    '\r\n',
    'Content-Type: multipart/mixed; boundary=b\n',
    '--b',
    '--b--',
    '=?utf-8?B?',
    '?=',
    '31.12.20, 23:59 - ',
    'Anna: ',
    '\u200e',
    '<attached: a.jpg>',
    '[1/1/20, 1:1:1 AM] ',
    '<script>',
    '</',
    '&#',
    ';',
    '"',
    "*0*=''%",
    '=',
    '\0',
    '😀',
  );

  it('is read without a fault, within the limits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(words, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 80 }),
        fc.constantFrom('a.txt', 'a.json', 'a.eml', 'mbox'),
        async (parts, name) => {
          const text = parts.join('');
          await look(sourceOf(bytesOf(text)), name, nowhere);
          const mail = readMail(text);
          expect(mail.text.length).toBeLessThanOrEqual(text.length * 2);
          readWhatsApp(text, name, NONE);
          htmlText(text);
          decodeWords(text);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes a time that grows with its length only', () => {
    const began = performance.now();
    for (const piece of [
      '<',
      '=?a?B?',
      '; a="',
      '[1/1/20, 1:11',
      '&#x',
      '\n--b',
      '(',
      'From: ',
      '>From ',
      '\u200e<a: ',
      ' ',
      ' \t',
    ]) {
      const long = piece.repeat(400_000 / piece.length);
      htmlText(long);
      decodeWords(long);
      parameters(long);
      senderName(long);
      readMail(long);
      readMail(`Content-Type: multipart/mixed; boundary=b\n\n${long}`);
      readMail(`Content-Transfer-Encoding: quoted-printable\n\n${long.slice(0, 390_000)}x`);
      readWhatsApp(`31.12.20, 23:59 - ${long}`, 'a.txt', NONE);
    }
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('is cut where it is more than a preview holds', () => {
    const line = '31.12.20, 23:59 - Anna: hi\n';
    const archive = readWhatsApp(line.repeat(LIMITS.messages + 5), 'a.txt', NONE);
    expect(archive.conversations[0]?.messages).toHaveLength(LIMITS.messages);
    expect(archive.cut).toMatch(/Only the first part/);
    const long = readWhatsApp(`${line}${'y'.repeat(100_000)}`, 'a.txt', NONE).conversations[0]?.messages[0]?.text;
    expect(long?.length).toBeLessThanOrEqual(LIMITS.text + 1);
  });
});

describe('a conversation', () => {
  it('is searched, and has its days', () => {
    const text = '31.12.20, 23:59 - Anna: The Harbour\n01.01.21, 00:01 - Bert: no\n01.01.21, 00:02 - Bert: harbours\n';
    const [first] = readWhatsApp(text, 'a.txt', NONE).conversations;
    if (first === undefined) throw new Error('no conversation');
    expect(findIn(first, ' harbour ')).toEqual({ found: [0, 2], total: 2 });
    expect(findIn(first, ' ')).toEqual({ found: [], total: 0 });
    expect(daysOf(first)).toEqual([
      { day: '2020-12-31', index: 0 },
      { day: '2021-01-01', index: 1 },
    ]);
  });

  it('names files in its own folder and below, nowhere else', () => {
    const id = (name: string): string => Buffer.from(name).toString('base64url');
    const here = [id('home'), id('chat.json')];
    expect(besidePath(here, 'photos/p.jpg')).toBe([id('home'), id('photos'), id('p.jpg')].join('/'));
    for (const bad of ['../x', '/etc/passwd', 'a//b', './a', 'a\\b', 'a\0b', '', 'a/b/c/d/e']) {
      expect(() => besidePath(here, bad), bad).toThrow(expect.objectContaining({ code: 'path-not-found' }));
    }
  });
});
