/** What the stand-in shows of a file: one of each kind that needs no frame of another site. */
import type { ArchiveMessage, Bridge, Look, PdfPage, Result } from '../../../preload/contract.ts';

const ok = <T>(value: T): Result<T> => ({ ok: true, value });

const PEOPLE = ['Maren', 'Ingrid from the boathouse', 'Ole'];
const SAID = [
  'Is the slipway free on Saturday?',
  'From ten on. The tide is high enough until two.',
  'Good. I bring the trailer, and Ole brings the long ropes, because the short ones were not enough the last time.',
  'Which ropes? Those with the blue end are in your cellar.',
  'I look for them tonight.',
];

function message(i: number): ArchiveMessage {
  return {
    from: i === 0 ? -1 : [0, 1, 0, 2, 2][i % 5]!,
    day: `2026-11-${String(2 + Math.floor(i / 12)).padStart(2, '0')}`,
    time: `${8 + (i % 12)}:${String((i * 7) % 60).padStart(2, '0')}`,
    subject: null,
    text: i === 0 ? 'Messages are end-to-end encrypted.' : (SAID[i % SAID.length] ?? ''),
    attachments:
      i % 9 === 4
        ? [
            { name: 'tide table November.pdf', kind: 'file', ref: 1 },
            { name: 'IMG-20261104-WA0003.jpg', kind: 'image', ref: null },
          ]
        : [],
  };
}

const text = (code: boolean, lines: readonly string[]): Look => ({
  kind: 'text',
  what: 'text',
  encoding: 'UTF-8',
  code,
  first: { lines: lines.map((line) => ({ start: true, text: line })), next: null },
});

const row = (offset: number): { offset: number; hex: string; text: string } => ({
  offset,
  hex: Array.from({ length: 16 }, (_, i) => ((offset * 7 + i * 37) % 256).toString(16).padStart(2, '0')).join(' '),
  text: 'SQLite format 3.',
});

export const LOOKS = {
  text: text(
    false,
    Array.from({ length: 60 }, (_, i) =>
      i % 4 === 1
        ? ''
        : `${i + 1}. The boat lay on its side in the low water, and nobody had been there since the spring.`,
    ),
  ),
  code: text(
    true,
    Array.from({ length: 60 }, (_, i) => (i % 5 === 4 ? '' : `  const tide${i} = levels.at(${i}) ?? mean; // metres`)),
  ),
  messages: {
    kind: 'messages',
    what: 'WhatsApp chat',
    format: 'whatsapp',
    conversations: [
      { title: 'Boathouse', messages: 90, people: PEOPLE, firstDay: '2026-11-02', lastDay: '2026-11-09' },
      { title: 'Ole', messages: 12, people: ['Maren', 'Ole'], firstDay: '2026-11-02', lastDay: '2026-11-02' },
    ],
    cut: null,
  },
  bytes: {
    kind: 'bytes',
    what: 'SQLite database',
    why: null,
    rows: Array.from({ length: 64 }, (_, i) => row(i * 16)),
  },
  pdf: {
    kind: 'pdf',
    what: 'PDF document',
    pages: 12,
    sizes: Array.from({ length: 12 }, (_, i) => (i === 3 ? { width: 842, height: 595 } : { width: 595, height: 842 })),
  },
  refused: { kind: 'bytes', what: 'PNG picture', why: 'It is larger than a preview shows.', rows: [row(0), row(16)] },
  empty: { kind: 'bytes', what: 'empty file', why: null, rows: [] },
} satisfies Record<string, Look>;

/** A page with lines of grey words on it. */
function pdfPage(page: number, width: number): PdfPage {
  const height = Math.round(page === 3 ? width * 0.7067 : width * 1.4151);
  const pixels = new Uint8Array(width * height * 4).fill(255);
  const line = Math.max(8, Math.round(width / 45));
  for (let y = 4 * line; y < height - 4 * line; y++) {
    const row = Math.floor(y / line);
    if (y % line > line / 3 || row % 9 === 8) continue;
    const end = width - 5 * line - ((row * 37) % (row % 9 === 7 ? width / 2 : 3 * line));
    for (let x = 4 * line; x < end; x++)
      pixels.fill((x / line) % 5 < 0.5 ? 255 : 120, (y * width + x) * 4, (y * width + x) * 4 + 3);
  }
  return { width, height, pixels, text: '' };
}

export function previewAnswers(shows: keyof typeof LOOKS): Bridge['preview'] {
  const messages = Array.from({ length: 90 }, (_, i) => message(i));
  return {
    open: async () => ok({ id: '0'.repeat(32), name: 'Outline.md', size: 31_300, look: LOOKS[shows] }),
    text: async () => ok({ lines: [], next: null }),
    page: async ({ page, width }) => ok(pdfPage(page, width)),
    messages: async ({ from, count }) => ok(messages.slice(from, from + count)),
    days: async () => ok(Array.from({ length: 8 }, (_, i) => ({ day: message(i * 12).day, index: i * 12 }))),
    find: async ({ query }) => {
      const found = messages.flatMap(({ text: said }, i) =>
        said.toLowerCase().includes(query.toLowerCase()) ? [i] : [],
      );
      return ok({ found, total: found.length });
    },
    attachment: async () => ok({ look: LOOKS.bytes, size: 48_000 }),
    close: async () => ok(null),
  };
}
