import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { assertSandbox } from '../../main/app/bare.ts';
import { linkAmong, placeOfLink, readHanded } from '../../main/app/link.ts';
import { allWritten, commandLineWords } from '../../main/command-line.ts';

describe('a holdfast: link', () => {
  it.each([
    ['holdfast:home', { screen: 'home' }],
    ['holdfast://browse', { screen: 'browse' }],
    ['holdfast://activity/', { screen: 'activity' }],
    ['holdfast:settings', { screen: 'settings' }],
    ['holdfast://settings/schedule', { screen: 'settings', section: 'schedule' }],
  ])('%s opens a place', (link, place) => {
    expect(placeOfLink(link)).toEqual(place);
  });

  it.each([
    'holdfast:',
    'holdfast://',
    'holdfast:restore',
    'holdfast:back-up-now',
    'holdfast:homes',
    'holdfast:Home',
    'HOLDFAST:home',
    'holdfast:home?run=1',
    'holdfast:home#now',
    'holdfast:browse/etc',
    'holdfast:activity/0123456789abcdef',
    'holdfast:settings/../protection',
    'holdfast:settings/schedule/more',
    'holdfast:settings/%73chedule',
    'holdfast:settings//',
    'holdfast:///home',
    'holdfast://user@home',
    'holdfast://home:80',
    ' holdfast:home',
    'holdfast:home\n',
    'holdfast:home\0',
    'holdfast:home --cli',
    `holdfast:settings/${'a'.repeat(31)}`,
    `holdfast:${'home/'.repeat(1000)}`,
    'https://home',
    'app://holdfast/',
    '',
  ])('%j opens none', (link) => {
    expect(placeOfLink(link)).toBeNull();
  });

  it('is found among the words of a start, whatever it holds', () => {
    expect(linkAmong(['--', 'holdfast:home'])).toBe('holdfast:home');
    expect(linkAmong(['HoldFast:x y', 'holdfast:home'])).toBe('HoldFast:x y');
    expect(linkAmong(['--hidden', '/home/a/holdfast:home', '--link=holdfast:home'])).toBeNull();
  });

  it.each([
    [undefined, { link: null, hidden: false }],
    [null, { link: null, hidden: false }],
    ['holdfast:home', { link: null, hidden: false }],
    [
      { link: ['holdfast:home'], hidden: 'yes' },
      { link: null, hidden: false },
    ],
    [
      { link: 'holdfast:home', hidden: true, run: 'rm' },
      { link: 'holdfast:home', hidden: true },
    ],
  ])('of a second start %j is taken as %j', (data, handed) => {
    expect(readHanded(data)).toEqual(handed);
  });
});

describe('the words for the command line', () => {
  it.each([
    [
      ['holdfast', '--cli', '--', 'backup', '--json'],
      ['backup', '--json'],
    ],
    [['holdfast', '--no-sandbox', '--cli', '--', '--version'], ['--version']],
    [
      ['electron', '/checkout', '--cli', '--', 'find', '--', '-x'],
      ['find', '--', '-x'],
    ],
    [['holdfast', '--cli', 'snapshots'], ['snapshots']],
    [['holdfast', '--cli'], []],
    [['holdfast', '--cli', '--'], []],
  ])('of %j are %j', (argv, words) => {
    expect(commandLineWords(argv)).toEqual(words);
  });

  it.each([
    [['holdfast']],
    [['--cli']],
    [['holdfast', '--hidden']],
    [['holdfast', '--', '--cli']],
    [['holdfast', '--', 'holdfast:home', '--cli', '--', 'forget']],
    [['holdfast', '--cli=backup']],
  ])('are none in %j', (argv) => {
    expect(commandLineWords(argv)).toBeNull();
  });
});

describe('the sandbox', () => {
  it('is nothing that an installed program does without', () => {
    expect(() => assertSandbox({ packaged: true, noSandbox: true })).toThrow('without the sandbox');
    for (const packaged of [true, false]) expect(() => assertSandbox({ packaged, noSandbox: false })).not.toThrow();
    // In a checkout, for tests as root.
    expect(() => assertSandbox({ packaged: false, noSandbox: true })).not.toThrow();
  });
});

describe('the end of the command line', () => {
  /** As a pipe whose reader is late: nothing is taken before `read` is called. */
  function latePipe(): { pipe: Writable; taken: string[]; read: () => void } {
    const taken: string[] = [];
    let read = (): void => undefined;
    const pipe = new Writable({
      decodeStrings: false,
      write: (part: string, _encoding, done) => {
        read = () => {
          taken.push(part);
          done();
        };
      },
    });
    return { pipe, taken, read: () => read() };
  }

  it('waits for whoever reads late, to the last word', async () => {
    const { pipe, taken, read } = latePipe();
    pipe.write('first');
    pipe.write('last');
    let through = false;
    const all = allWritten([pipe]).then(() => {
      through = true;
    });
    read();
    await new Promise(setImmediate);
    expect(through).toBe(false);
    while (!through) {
      read();
      await new Promise(setImmediate);
    }
    await all;
    expect(taken).toEqual(expect.arrayContaining(['first', 'last']));
  });

  it('waits neither where nothing is left nor where nobody reads any more', async () => {
    const { pipe } = latePipe();
    await allWritten([pipe]);
    pipe.on('error', () => undefined);
    pipe.write('never read');
    const all = allWritten([pipe]);
    pipe.destroy(new Error('EPIPE'));
    await all;
    await allWritten([pipe]);
  });
});
