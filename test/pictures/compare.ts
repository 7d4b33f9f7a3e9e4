/**
 * Pictures held against those that were taken before. What is kept is a PNG of at most 256 colours, a third as long: the
 * colours that fill surfaces stand in it exactly, those of edges (letters, curves) are rounded. A pixel of a surface may
 * hardly differ; one of an edge as much as the rounding, and hardly more.
 */
import { pixelsOf, readPng, writePng, type Pixels } from './png.ts';

/** A colour that so many pixels have fills something. */
const SURFACE_PIXELS = 60;
const SURFACES = 96;
/** To multiples of which edges are rounded: the first that gives few enough colours. */
const STEPS = [24, 32, 40, 51, 64, 85, 128];

/** What a pixel may differ by in any of its channels before it counts, of 255. */
const LITTLE = 2;
const MUCH = 8;
/** So many pixels may: what another processor makes of the same curve. A line of text that moved has hundreds. */
const MAY_DIFFER = { little: 60, much: 6 };

const words = ({ data }: Pixels): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
const opaque = (red: number, green: number, blue: number): number =>
  ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

function rounded(colour: number, step: number): number {
  const to = (channel: number): number => Math.min(255, Math.round(channel / step) * step);
  return opaque(to(colour & 255), to((colour >>> 8) & 255), to((colour >>> 16) & 255));
}

/** The picture as it is kept. */
export function packPicture(png: Buffer): Buffer {
  const pixels = pixelsOf(readPng(png));
  const counts = new Map<number, number>();
  for (const colour of words(pixels)) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const surfaces = [...counts]
    .filter(([, count]) => count >= SURFACE_PIXELS)
    .sort(([a, many], [b, more]) => more - many || a - b)
    .slice(0, SURFACES)
    .map(([colour]) => colour);
  for (const step of STEPS) {
    const entries = new Map(surfaces.map((colour, i) => [colour, i]));
    const edges = new Map<number, number>();
    for (const colour of counts.keys()) {
      if (entries.has(colour)) continue;
      const near = rounded(colour, step);
      const entry = edges.get(near) ?? surfaces.length + edges.size;
      edges.set(near, entry);
      entries.set(colour, entry);
    }
    if (surfaces.length + edges.size > 256) continue;
    const palette = [...surfaces, ...edges.keys()].flatMap((c) => [c & 255, (c >>> 8) & 255, (c >>> 16) & 255]);
    const rows = Uint8Array.from(words(pixels), (colour) => entries.get(colour) ?? 0);
    return writePng(pixels, rows, Uint8Array.from(palette), `${surfaces.length} ${step}`);
  }
  throw new Error('more colours than a palette holds');
}

export interface Compared {
  readonly same: boolean;
  /** What differs, as words. */
  readonly what: string;
  /** Before, now, and what differs in red, side by side: a PNG. Made when asked for. */
  readonly picture: () => Buffer;
}

/** Holds a PNG against a picture that `packPicture` made. */
export function comparePictures(kept: Buffer, png: Buffer): Compared {
  const before = readPng(kept);
  const now = pixelsOf(readPng(png));
  const [surfaces = 0, step = 0] = before.comment.split(' ').map(Number);
  const old = pixelsOf(before);
  if (before.width !== now.width || before.height !== now.height) {
    const what = `it is ${now.width}x${now.height}, not ${before.width}x${before.height}`;
    return { same: false, what, picture: () => beside(old, now, new Uint8Array(now.width * now.height)) };
  }
  const [a, b] = [words(old), words(now)];
  const marks = new Uint8Array(a.length);
  let little = 0;
  let much = 0;
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x === y) continue;
    const most = Math.max(
      Math.abs((x & 255) - (y & 255)),
      Math.abs(((x >>> 8) & 255) - ((y >>> 8) & 255)),
      Math.abs(((x >>> 16) & 255) - ((y >>> 16) & 255)),
    );
    const by = most - ((before.rows[i] as number) < surfaces ? 0 : step / 2);
    if (by <= LITTLE) continue;
    little += 1;
    if (by > MUCH) much += 1;
    marks[i] = 1;
  }
  return {
    same: little <= MAY_DIFFER.little && much <= MAY_DIFFER.much,
    what: `${little} pixels differ, ${much} of them much`,
    picture: () => beside(old, now, marks),
  };
}

const GAP = 16;

function beside(before: Pixels, now: Pixels, marks: Uint8Array): Buffer {
  const width = before.width + 2 * now.width + 2 * GAP;
  const height = Math.max(before.height, now.height);
  const rows = new Uint8Array(width * height * 3).fill(128);
  const draw = (of: Pixels, left: number, at: (i: number) => readonly [number, number, number]): void => {
    for (let i = 0; i < of.width * of.height; i += 1) {
      rows.set(at(i), (Math.floor(i / of.width) * width + left + (i % of.width)) * 3);
    }
  };
  const colour = ({ data }: Pixels, i: number): readonly [number, number, number] => [
    data[i * 4] as number,
    data[i * 4 + 1] as number,
    data[i * 4 + 2] as number,
  ];
  draw(before, 0, (i) => colour(before, i));
  draw(now, before.width + GAP, (i) => colour(now, i));
  draw(now, before.width + now.width + 2 * GAP, (i) => {
    if (marks[i] === 1) return [230, 0, 60];
    const [red, green, blue] = colour(now, i);
    const faint = Math.round(255 - (255 - (red + green + blue) / 3) * 0.2);
    return [faint, faint, faint];
  });
  return writePng({ width, height }, rows);
}
