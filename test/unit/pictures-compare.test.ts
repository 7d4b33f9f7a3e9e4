/** That a picture which changed is seen to have: what the comparison of `test/pictures` lets pass, and what not. */
import { describe, expect, it } from 'vitest';
import { comparePictures, packPicture } from '../pictures/compare.ts';
import { pixelsOf, readPng, writePng } from '../pictures/png.ts';

const WIDTH = 320;
const HEIGHT = 120;
type Colour = readonly [number, number, number];
const PAPER: Colour = [251, 250, 247];
const CARD: Colour = [255, 255, 255];
const INK: Colour = [28, 32, 30];

interface Drawn {
  /** Pixels by which the line of text stands further right. */
  shift?: number;
  card?: Colour;
  width?: number;
  /** Pixels that another processor draws a little otherwise. */
  noise?: number;
}

/** A card with a line of letters whose edges are grey. */
function draw({ shift = 0, card = CARD, width = WIDTH, noise = 0 }: Drawn = {}): Buffer {
  const rows = new Uint8Array(width * HEIGHT * 3);
  for (let i = 0; i < width * HEIGHT; i += 1) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const inCard = x > 20 && x < 300 && y > 20 && y < 100;
    const back = inCard ? card : PAPER;
    const letter = (x - shift) % 9;
    const inText = x > 40 && x < 240 && y > 50 && y < 62 && letter >= 0 && letter < 4;
    const share = !inText ? 0 : letter === 0 || letter === 3 ? 0.25 + ((x * 7 + y * 3) % 5) / 10 : 1;
    for (let c = 0; c < 3; c += 1) {
      const value = (back[c] ?? 0) * (1 - share) + (INK[c] ?? 0) * share;
      rows[i * 3 + c] = Math.round(value) + (inText && i % 97 < noise ? 3 : 0);
    }
  }
  return writePng({ width, height: HEIGHT }, rows);
}

describe('pictures of the window', () => {
  const kept = packPicture(draw());

  it('are the same as themselves', () => {
    expect(comparePictures(kept, draw())).toMatchObject({ same: true, what: '0 pixels differ, 0 of them much' });
  });

  it('keep the colours of their surfaces exactly', () => {
    const { data } = pixelsOf(readPng(kept));
    expect([...data.subarray(0, 3)]).toEqual(PAPER);
    expect([...data.subarray((30 * WIDTH + 30) * 4, (30 * WIDTH + 30) * 4 + 3)]).toEqual(CARD);
  });

  it('may differ by what another processor makes of an edge', () => {
    expect(comparePictures(kept, draw({ noise: 1 })).same).toBe(true);
  });

  it('differ when a line of text has moved by 2 pixels, or by one', () => {
    expect(comparePictures(kept, draw({ shift: 2 })).same).toBe(false);
    expect(comparePictures(kept, draw({ shift: 1 })).same).toBe(false);
  });

  it('differ when a surface has another colour, however little', () => {
    expect(comparePictures(kept, draw({ card: [255, 255, 251] })).same).toBe(false);
    expect(comparePictures(kept, draw({ card: [252, 252, 252] })).same).toBe(false);
  });

  it('differ in size, and say how', () => {
    const { same, what } = comparePictures(kept, draw({ width: WIDTH + 1 }));
    expect({ same, what }).toEqual({ same: false, what: 'it is 321x120, not 320x120' });
  });

  it('show before, now and what differs side by side', () => {
    const { picture } = comparePictures(kept, draw({ shift: 2 }));
    const { width, height, data } = pixelsOf(readPng(picture()));
    expect([width, height]).toEqual([3 * WIDTH + 32, HEIGHT]);
    const red = Array.from(
      { length: width * height },
      (_, i) => [...data.subarray(i * 4, i * 4 + 3)].join() === '230,0,60',
    );
    expect(red.some(Boolean)).toBe(true);
    expect(red.findIndex(Boolean) % width).toBeGreaterThanOrEqual(2 * WIDTH + 32);
  });
});
