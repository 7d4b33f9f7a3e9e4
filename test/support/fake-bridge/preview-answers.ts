/** What the stand-in shows of a file: one of each kind that needs no frame of another site. */
import type { ArchiveMessage, Bridge, Look, Result } from '../../../preload/contract.ts';

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
  refused: { kind: 'bytes', what: 'PNG picture', why: 'It is larger than a preview shows.', rows: [row(0), row(16)] },
  empty: { kind: 'bytes', what: 'empty file', why: null, rows: [] },
} satisfies Record<string, Look>;

export function previewAnswers(shows: keyof typeof LOOKS): Bridge['preview'] {
  const messages = Array.from({ length: 90 }, (_, i) => message(i));
  return {
    open: async () => ok({ id: '0'.repeat(32), name: 'Outline.md', size: 31_300, look: LOOKS[shows] }),
    text: async () => ok({ lines: [], next: null }),
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
