import { describe, expect, it } from 'vitest';
import { startFolder } from '../../renderer/screens/browse/start-folder.ts';

const path = (...names: string[]): string => names.map((name) => Buffer.from(name).toString('base64url')).join('/');

describe('looking into a snapshot begins', () => {
  it.each([
    [[], null],
    [['/'], null],
    [['/home'], null],
    [['/home/ada/Documents'], path('home', 'ada')],
    [['/home/ada/Documents', '/home/ada/Pictures'], path('home', 'ada')],
    [['/home/ada', '/home/ada/Pictures/2026'], path('home')],
    [['/home/ada/Documents', '/srv/www'], null],
    [['/home/ada/x', '/home/ben/x'], path('home')],
    [['/home/Zoë 😀?>/x'], path('home', 'Zoë 😀?>')],
    [['C:\\Users\\ada\\Documents', 'C:\\Users\\ada\\Pictures'], path('C:', 'Users', 'ada')],
    [['C:/Users/ada/Documents'], path('C:', 'Users', 'ada')],
  ])('of %j where all of them lie', (sources, folder) => {
    expect(startFolder({ sources })).toBe(folder);
  });
});
