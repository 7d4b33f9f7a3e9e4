import { describe, expect, it } from 'vitest';
import { When } from '../../preload/contract.ts';
import { scheduleWords, timeText, whenSentence } from '../../renderer/components/when-words.ts';
import { draftOf, minuteOf, readDraft } from '../../renderer/screens/settings/when-draft.ts';

const usual: When = {
  schedule: { every: 'hours', hours: 1 },
  conditions: {
    power: { kind: 'above', percent: 30 },
    onMetered: false,
    wifi: { kind: 'any', names: [] },
    quiet: null,
  },
};
const free: When['conditions'] = { ...usual.conditions, power: { kind: 'any' }, onMetered: true };
const night = { from: 22 * 60, to: 8 * 60 };

describe('a schedule in words', () => {
  it.each([
    [{ every: 'hours', hours: 1 }, 'every hour'],
    [{ every: 'hours', hours: 4 }, 'every 4 hours'],
    [{ every: 'day', at: 1260 }, 'every day at 21:00'],
    [{ every: 'week', days: [4, 1], at: 545 }, 'every Monday and Thursday at 09:05'],
    [{ every: 'week', days: [1, 2, 3, 4, 5], at: 0 }, 'every weekday at 00:00'],
    [{ every: 'week', days: [1, 2, 3, 4, 5, 6, 7], at: 0 }, 'every day at 00:00'],
    [{ every: 'hand' }, 'only when you ask'],
  ] as const)('%j', (schedule, words) => {
    expect(scheduleWords(When.shape.schedule.parse(schedule))).toBe(words);
  });
});

describe('the sentence', () => {
  const hourly = usual.schedule;
  it.each<[string, When, boolean, string]>([
    ['nothing but a schedule', { schedule: hourly, conditions: free }, true, 'Holdfast backs up every hour.'],
    [
      'what is usual, to a server',
      usual,
      true,
      'Holdfast backs up every hour, on battery only above 30%, not over metered networks.',
    ],
    ['what is usual, to a disk', usual, false, 'Holdfast backs up every hour, on battery only above 30%.'],
    [
      'quiet hours and mains',
      { schedule: hourly, conditions: { ...free, quiet: night, power: { kind: 'mains' } } },
      false,
      'Holdfast backs up every hour, from 08:00 to 22:00, on mains power only.',
    ],
    [
      'a time in quiet hours',
      { schedule: { every: 'day', at: 23 * 60 }, conditions: { ...free, quiet: night } },
      false,
      'Holdfast backs up every day at 23:00, resting from 22:00 to 08:00. 23:00 lies in your quiet hours: it starts after 08:00.',
    ],
    [
      'Wi-Fi',
      { schedule: hourly, conditions: { ...free, wifi: { kind: 'only', names: ['a', 'b'] } } },
      true,
      'Holdfast backs up every hour, on the Wi-Fi “a” or “b” or by cable only.',
    ],
    ['only by hand', { schedule: { every: 'hand' }, conditions: free }, true, 'Holdfast backs up only when you ask.'],
  ])('of %s', (_, when, network, sentence) => {
    expect(whenSentence(when, network)).toBe(sentence);
  });
});

describe('the form', () => {
  it('gives back what it was filled with', () => {
    const all: When[] = [
      usual,
      { schedule: { every: 'hand' }, conditions: free },
      { schedule: { every: 'day', at: 75 }, conditions: { ...free, quiet: night } },
      {
        schedule: { every: 'week', days: [2, 6], at: 1439 },
        conditions: { ...free, power: { kind: 'mains' }, wifi: { kind: 'never', names: ['train', 'café'] } },
      },
    ];
    for (const when of all) {
      expect(readDraft(draftOf(when)).when).toEqual(when);
      expect(When.parse(when)).toEqual(when);
    }
  });

  it('says what is wrong where it is wrong, and nothing of what does not show', () => {
    const draft = { ...draftOf(usual), at: '', from: '', to: '', names: '' };
    expect(readDraft(draft).when).not.toBeNull();
    expect(readDraft({ ...draft, every: 'day' }).wrong).toMatchObject({ at: 'A time such as 21:30.', from: undefined });
    expect(readDraft({ ...draft, every: 'week', days: [] }).wrong['days']).toBe('Choose a day.');
    expect(readDraft({ ...draft, quiet: true, from: '10:00', to: '10:00' }).wrong['to']).toBe(
      'Another time than the first.',
    );
    expect(readDraft({ ...draft, wifi: 'only' }).wrong['names']).toBe('Type a name.');
    expect(readDraft({ ...draft, wifi: 'only', names: 'x'.repeat(33) }).wrong['names']).toContain('32');
  });

  it('reads times and names as they are typed', () => {
    expect([
      minuteOf('00:00'),
      minuteOf('23:59'),
      minuteOf('9.30'),
      minuteOf('9'),
      minuteOf('24:00'),
      minuteOf(''),
    ]).toEqual([0, 1439, 570, 540, null, null]);
    expect(timeText(545)).toBe('09:05');
    const draft = { ...draftOf(usual), wifi: 'only' as const, names: ' home, ,office,home ' };
    expect(readDraft(draft).when?.conditions.wifi.names).toEqual(['home', 'office']);
  });
});
