import { describe, expect, it } from 'vitest';
import { treeKey } from '../../renderer/components/arrow-keys.ts';

describe('arrow keys of a tree', () => {
  it('open to the right and close to the left where text is written from the left', () => {
    expect(treeKey('ArrowRight', 'ltr')).toBe('open');
    expect(treeKey('ArrowLeft', 'ltr')).toBe('close');
  });
  it('open to the left and close to the right where it is written from the right', () => {
    expect(treeKey('ArrowLeft', 'rtl')).toBe('open');
    expect(treeKey('ArrowRight', 'rtl')).toBe('close');
  });
  it('leave every other key alone', () => {
    for (const key of ['ArrowUp', 'ArrowDown', 'Home', ' ']) expect(treeKey(key, 'rtl')).toBeNull();
  });
});
