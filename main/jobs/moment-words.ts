/** Moments as people say them, seen from now, in local time. */
import { text } from '../text.ts';
import { locale, say } from '../words/say.ts';

/** "18:30" today, "tomorrow, 08:00", else the date. Local time. */
export function momentWords(atMs: number, nowMs: number): string {
  const { days, date, time } = moment(atMs, nowMs);
  if (days === 0) return time;
  return days === 1 ? say(text`tomorrow, ${time}`) : `${date}, ${time}`;
}

/** "at 18:30" today, "tomorrow at 08:00", else "on" the date "at" the time. Local time. */
export function startWords(atMs: number, nowMs: number): string {
  const { days, date, time } = moment(atMs, nowMs);
  if (days === 0) return say(text`at ${time}`);
  return days === 1 ? say(text`tomorrow at ${time}`) : say(text`on ${date} at ${time}`);
}

/** "today", "yesterday", "Tuesday" in the last six days, else the date. Local time. */
export function dayWords(atMs: number, nowMs: number): string {
  const days = daysAgo(atMs, nowMs);
  if (days <= 0) return say('today');
  if (days === 1) return say('yesterday');
  const at = new Date(atMs);
  if (days < 7) return at.toLocaleDateString(locale(), { weekday: 'long' });
  return at.toLocaleDateString(locale(), { day: 'numeric', month: 'long' });
}

/** How many midnights lie between; less than 0 for what is to come. Local time. */
export function daysAgo(atMs: number, nowMs: number): number {
  return Math.round((startOfDay(new Date(nowMs)) - startOfDay(new Date(atMs))) / 86_400_000);
}

/** Days from now, the date, and the time of day. */
function moment(atMs: number, nowMs: number): { days: number; date: string; time: string } {
  const at = new Date(atMs);
  return {
    days: -daysAgo(atMs, nowMs),
    date: at.toLocaleDateString(locale(), { day: 'numeric', month: 'long' }),
    time: at.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  };
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
