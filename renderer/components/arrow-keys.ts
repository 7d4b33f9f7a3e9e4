/** Arrow keys of trees: the way into a folder lies where its lines are indented to, which mirrored pages have on the left. */

/**
 * What a key does in a tree; null for all others.
 * @param dir `dir` of the page
 */
export function treeKey(key: string, dir: string = document.documentElement.dir): 'open' | 'close' | null {
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return null;
  return (key === 'ArrowRight') === (dir !== 'rtl') ? 'open' : 'close';
}
