/** What opens a destination, looked for everywhere it must not be: files, output, pages, arguments of processes. */
import type { App, Computer } from '../support/app.ts';
import type { FakeGoogle } from '../support/fake-google/fake-google.ts';
import { filesIn, formsIn, formsOfSecret, processArguments, type SecretForm } from '../support/secret-search.ts';
import { expect } from './fixtures.ts';

/** Refresh tokens, access tokens, codes and addresses of uploads that a fake Google has given out. */
export function googleSecrets(google: FakeGoogle): SecretForm[] {
  const sessions = [...google.uploads.sessions.keys()];
  expect(google.accounts.secrets().length).toBeGreaterThan(2);
  expect(sessions.length).toBeGreaterThan(0);
  return [
    ...google.accounts.secrets().flatMap((secret) => formsOfSecret(`token ${secret.slice(0, 5)}`, secret)),
    ...sessions.flatMap((id) => formsOfSecret('upload', id)),
  ];
}

/** Everything that a computer holds, what its app said and shows, and the arguments of whatever runs. */
export async function expectNoSecret(
  computer: Computer,
  apps: readonly App[],
  forms: readonly SecretForm[],
): Promise<void> {
  const said = new Map<string, Buffer>();
  for (const [index, app] of apps.entries()) {
    said.set(`said by app ${index + 1}`, Buffer.from(app.said.join('\n')));
    if (!app.ended) said.set(`page of app ${index + 1}`, Buffer.from(await app.page.content()));
  }
  const places = { files: await filesIn(computer.folder), said, arguments: processArguments() };
  for (const [where, held] of Object.entries(places)) {
    expect(held.size, where).toBeGreaterThan(where === 'said' ? apps.length - 1 : 0);
    expect(formsIn(held, forms), where).toEqual([]);
  }
}
