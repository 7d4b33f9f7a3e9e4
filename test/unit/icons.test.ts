import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TRAY_STATES, trayFiles } from '../../main/app/tray-icon.ts';

const folder = fileURLToPath(new URL('../../build/icons', import.meta.url));
const read = (name: string): Buffer => readFileSync(path.join(folder, name));
const hash = (name: string): string => createHash('sha256').update(read(name)).digest('hex');
const { from, made } = JSON.parse(read('made.json').toString()) as Record<'from' | 'made', Record<string, string>>;

/** Width and height of a PNG, from its first chunk. */
function sizeOf(png: Buffer): [number, number] {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

/** Files of folders, relative to build/icons. */
function list(...folders: string[]): string[] {
  return folders.flatMap((name) => readdirSync(path.join(folder, name)).map((file) => `${name}/${file}`)).sort();
}

describe('icons', () => {
  it('were made from the sources that are there (else: node build/icons.mjs)', () => {
    expect(Object.keys(from).sort()).toEqual(list('sources'));
    for (const [name, sum] of Object.entries(from)) expect(hash(name), name).toBe(sum);
  });

  it('are what the script made', () => {
    expect(Object.keys(made).sort()).toEqual([...list('app', 'tray'), 'icon.icns', 'icon.ico'].sort());
    for (const [name, sum] of Object.entries(made)) expect(hash(name), name).toBe(sum);
  });

  it('have the size that their names say', () => {
    for (const name of list('app')) {
      const side = Number(/(\d+)x\1[.]png$/.exec(name)?.[1]);
      expect(sizeOf(read(name)), name).toEqual([side, side]);
    }
  });

  it('of the tray are there for every state and system, at the size that is asked for', () => {
    for (const platform of ['linux', 'win32', 'darwin'] as const) {
      for (const state of TRAY_STATES) {
        for (const { file, pixels } of trayFiles(state, platform)) {
          expect(sizeOf(read(`tray/${file}`)), file).toEqual([pixels, pixels]);
        }
      }
    }
  });

  it('for Windows hold bitmaps and one large PNG, each where the directory says', () => {
    const ico = read('icon.ico');
    expect([ico.readUInt16LE(0), ico.readUInt16LE(2)]).toEqual([0, 1]);
    const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, i) => {
      const at = 6 + 16 * i;
      const image = ico.subarray(ico.readUInt32LE(at + 12)).subarray(0, ico.readUInt32LE(at + 8));
      const side = ico.readUInt8(at) || 256;
      if (side === 256) expect(sizeOf(image)).toEqual([256, 256]);
      else expect([image.readUInt32LE(0), image.readInt32LE(4), image.readInt32LE(8)]).toEqual([40, side, side * 2]);
      if (i === ico.readUInt16LE(4) - 1) expect(ico.readUInt32LE(at + 12) + image.length).toBe(ico.length);
      return side;
    });
    expect(sizes).toEqual([16, 20, 24, 32, 40, 48, 64, 256]);
  });

  it('for macOS hold PNGs whose lengths add up', () => {
    const icns = read('icon.icns');
    expect(icns.toString('ascii', 0, 4)).toBe('icns');
    expect(icns.readUInt32BE(4)).toBe(icns.length);
    const sides: number[] = [];
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) sides.push(sizeOf(icns.subarray(at + 8))[0]);
    expect(sides).toEqual([16, 32, 32, 64, 64, 128, 256, 256, 512, 512, 1024]);
  });

  it('of the tray stand out from light and from dark panels', () => {
    const script = readFileSync(path.join(folder, '..', 'icons.mjs'), 'utf8');
    const colours = [...(/const TRAY_COLOURS = \{([^}]*)\}/.exec(script)?.[1]?.matchAll(/#([0-9a-f]{6})/g) ?? [])];
    expect(colours).toHaveLength(TRAY_STATES.length);
    for (const [, hex = ''] of colours) {
      for (const panel of ['ffffff', '1e1e1e']) expect(contrast(hex, panel), `${hex} on ${panel}`).toBeGreaterThan(3);
    }
  });
});

/** Contrast of two colours as WCAG 2 reckons it. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
