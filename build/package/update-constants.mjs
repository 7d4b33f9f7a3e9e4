/** What a release brings along for updates, looked at before it is packed: the program itself leaves out what it can't use. */

const KEY_BYTES = 32;
/** As in main/app/updates/manifest.ts. */
const MAX_KEYS = 2;

/**
 * What is wrong with the environment that a release is made in. Without an address and keys it looks for no updates, which
 * is nothing wrong.
 * @param {Record<string, string | undefined>} environment
 * @param {string} platform as Node calls it
 * @returns {string[]}
 */
export function updateProblems(environment, platform) {
  const url = environment.HOLDFAST_UPDATE_URL ?? '';
  const keys = (environment.HOLDFAST_UPDATE_KEYS ?? '').split(',').filter((key) => key !== '');
  if (url === '' && keys.length === 0) return [];
  const problems = [];
  if (!/^https:\/\/[^\s]+$/.test(url)) problems.push('HOLDFAST_UPDATE_URL is no https address');
  if (keys.length === 0) problems.push('HOLDFAST_UPDATE_KEYS has no key');
  if (keys.length > MAX_KEYS) problems.push(`HOLDFAST_UPDATE_KEYS has more than ${MAX_KEYS} keys`);
  for (const [at, key] of keys.entries()) {
    const raw = Buffer.from(key, 'base64');
    if (raw.length !== KEY_BYTES || raw.toString('base64') !== key) {
      problems.push(`key ${at + 1} of HOLDFAST_UPDATE_KEYS is no Ed25519 public key`);
    }
  }
  if (platform === 'win32' && (environment.HOLDFAST_WINDOWS_PUBLISHER ?? '') === '') {
    problems.push('HOLDFAST_WINDOWS_PUBLISHER is not set');
  }
  return problems;
}
