import { describe, expect, it } from 'vitest';
import { placeFor } from '../../renderer/state/place.ts';
import {
  cameFrom,
  currentRoute,
  goBack,
  goForward,
  listenToHistoryKeys,
  navigate,
  replaceRoute,
  resetRoute,
} from '../../renderer/state/route.ts';

describe('the history', () => {
  it('goes back and forward, and forgets what was ahead', () => {
    resetRoute({ screen: 'home' });
    navigate({ screen: 'browse', snapshotId: 's1' });
    navigate({ screen: 'browse', snapshotId: 's1', folderId: 'f1' });
    goBack();
    expect(currentRoute()).toEqual({ screen: 'browse', snapshotId: 's1' });
    goBack();
    goBack();
    expect(currentRoute()).toEqual({ screen: 'home' });
    goForward();
    navigate({ screen: 'settings' });
    goForward();
    expect(currentRoute()).toEqual({ screen: 'settings' });
    goBack();
    expect(currentRoute()).toEqual({ screen: 'browse', snapshotId: 's1' });
  });

  it('knows where one came from, by whatever way', () => {
    resetRoute({ screen: 'activity' });
    navigate({ screen: 'activity', runId: 'r' });
    expect(cameFrom()).toEqual({ screen: 'activity' });
    goBack();
    expect(cameFrom()).toEqual({ screen: 'activity', runId: 'r' });
  });

  it('replaces without a step', () => {
    resetRoute({ screen: 'home' });
    navigate({ screen: 'activity' });
    replaceRoute({ screen: 'activity', runId: 'r' });
    goBack();
    expect(currentRoute()).toEqual({ screen: 'home' });
  });

  it('keeps the newest entries of a long day', () => {
    resetRoute({ screen: 'home' });
    for (let i = 0; i < 300; i += 1) navigate({ screen: 'browse', folderId: `f${i}` });
    for (let i = 0; i < 300; i += 1) goBack();
    expect(currentRoute()).toEqual({ screen: 'browse', folderId: 'f200' });
  });

  it('follows the keys of a file manager until it is told not to', () => {
    const target = new EventTarget() as unknown as Window;
    const key = (init: object): Event => Object.assign(new Event('keydown', { cancelable: true }), init);
    const stop = listenToHistoryKeys(target, 'ltr');
    resetRoute({ screen: 'home' });
    navigate({ screen: 'settings' });
    const back = key({ altKey: true, key: 'ArrowLeft' });
    target.dispatchEvent(back);
    expect(currentRoute()).toEqual({ screen: 'home' });
    expect(back.defaultPrevented).toBe(true);
    target.dispatchEvent(key({ key: 'ArrowRight' }));
    expect(currentRoute()).toEqual({ screen: 'home' });
    target.dispatchEvent(key({ metaKey: true, key: ']' }));
    expect(currentRoute()).toEqual({ screen: 'settings' });
    target.dispatchEvent(Object.assign(new Event('mouseup'), { button: 3 }));
    expect(currentRoute()).toEqual({ screen: 'home' });
    stop();
    target.dispatchEvent(key({ altKey: true, key: 'ArrowRight' }));
    expect(currentRoute()).toEqual({ screen: 'home' });
  });

  it('has Back on the right where the page is written from there', () => {
    const target = new EventTarget() as unknown as Window;
    const stop = listenToHistoryKeys(target, 'rtl');
    resetRoute({ screen: 'home' });
    navigate({ screen: 'settings' });
    const press = (key: string): unknown =>
      target.dispatchEvent(Object.assign(new Event('keydown'), { altKey: true, key }));
    press('ArrowRight');
    expect(currentRoute()).toEqual({ screen: 'home' });
    press('ArrowLeft');
    expect(currentRoute()).toEqual({ screen: 'settings' });
    stop();
  });
});

describe('the place for a route', () => {
  it('offers only what works without a set-up before there is one', () => {
    expect(placeFor('new', { screen: 'home' })).toBe('welcome');
    expect(placeFor('new', { screen: 'settings' })).toBe('welcome');
    expect(placeFor('new', { screen: 'restore' })).toBe('restore');
    expect(placeFor('new', { screen: 'setup', step: 'key' })).toBe('setup');
  });
  it('leaves the welcome behind once there is one', () => {
    expect(placeFor('ready', { screen: 'welcome' })).toBe('home');
    expect(placeFor('ready', { screen: 'how' })).toBe('home');
    expect(placeFor('ready', { screen: 'setup', step: 'files' })).toBe('setup');
    expect(placeFor('ready', { screen: 'browse' })).toBe('browse');
  });
});
