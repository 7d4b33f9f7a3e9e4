/** Versions as releases have them: `1.2.3`, or `1.2.3-beta.4` before it. Nothing else is taken for a version. */

const VERSION = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(?:-beta\.([1-9]\d{0,5}))?$/;

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/**
 * Negative where `a` is older than `b`, 0 where they are the same, else positive. A beta is older than its release.
 * @throws RangeError for what is no version
 */
export function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function partsOf(version: string): number[] {
  const match = VERSION.exec(version);
  if (match === null) throw new RangeError('not a version');
  const [major, minor, patch, beta] = match.slice(1);
  return [Number(major), Number(minor), Number(patch), beta === undefined ? Number.MAX_SAFE_INTEGER : Number(beta)];
}
