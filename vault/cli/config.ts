/** The one configuration file, TOML. What is wrong in it is said with its line or its key. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { isOrigin } from '../protocol/vault-uri.ts';
import { CliError } from './say.ts';

const name = z.string().regex(/^[a-z0-9-]{1,32}$/, 'is 1 to 32 of a-z, 0-9 and the hyphen');
const file = z.string().min(1);
const origin = z.string().refine(isOrigin, 'is https://host or https://host:port');
const hex = (size: number): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * size}}$`), `is ${size} bytes in hex`);
const rate = z.strictObject({ burst: z.number().int().positive(), 'per-minute': z.number().positive() });

const Config = z.strictObject({
  vault: z.strictObject({
    site: name,
    folder: file,
    profile: z.enum(['A', 'B', 'C']).default('A'),
    'max-attempts': z.number().int().min(1).max(10).default(10),
  }),
  listen: z.strictObject({
    host: z.string().min(1).default('0.0.0.0'),
    port: z.number().int().min(0).max(65_535).default(8443),
    certificate: file.optional(),
    key: file.optional(),
  }),
  hsm: z.strictObject({
    module: file,
    token: z.string().min(1).max(32),
    'pin-file': file.optional(),
    'pin-env': z.string().min(1).optional(),
    extractable: z.enum(['never', 'wrapped']).default('never'),
  }),
  store: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('sqlite'), file: file.optional() }),
    z.strictObject({
      kind: z.literal('etcd'),
      endpoints: z.array(origin).min(1),
      prefix: z.string().min(1).default('holdfast/'),
      ca: file,
      certificate: file.optional(),
      key: file.optional(),
      username: z.string().min(1).optional(),
      'password-file': file.optional(),
    }),
  ]),
  site: z
    .array(z.strictObject({ name, url: origin, key: hex(33).optional(), 'tls-key': hex(32).optional() }))
    .min(1)
    .max(16),
  invites: z
    .strictObject({
      codes: z.array(z.string().regex(/^[A-Za-z0-9_-]{4,170}$/, 'is 4 to 170 of A-Z, a-z, 0-9, - and _')),
    })
    .optional(),
  limits: z
    .strictObject({
      requests: rate.optional(),
      unknown: rate.optional(),
      registrations: rate.optional(),
      challenges: rate.optional(),
    })
    .optional(),
  log: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug', 'silent']) }).default({ level: 'info' }),
});
export type Config = z.infer<typeof Config>;
export type SiteConfig = Config['site'][number];

/** @throws CliError that names the line or the key */
export async function loadConfig(configFile: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(configFile, 'utf8');
  } catch (error) {
    throw new CliError(`${configFile} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseConfig(text, configFile);
}

/** Relative paths are from the file's own folder. @throws CliError */
export function parseConfig(text: string, configFile: string): Config {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split('\n')[0] ?? '';
    throw new CliError(`${configFile}, line ${error.line}: ${why.replace(/^Invalid TOML document: /, '')}`);
  }
  const parsed = Config.safeParse(value);
  if (!parsed.success) throw new CliError(problems(parsed.error, configFile));
  const config = absolute(parsed.data, path.dirname(path.resolve(configFile)));
  checkTogether(config, configFile);
  return config;
}

function problems(error: z.ZodError, configFile: string): string {
  const lines = error.issues.map((issue) => {
    const at = issue.path.reduce<string>((key, part) => {
      return typeof part === 'number' ? `${key}[${part + 1}]` : `${key}${key === '' ? '' : '.'}${String(part)}`;
    }, '');
    if (issue.code === 'unrecognized_keys') return `${at === '' ? '' : `${at}: `}no such key: ${issue.keys.join(', ')}`;
    return `${at}: ${issue.message}`;
  });
  return [`${configFile} is not valid:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** What one key cannot know of another. */
function checkTogether(config: Config, configFile: string): void {
  const wrong = (what: string): never => {
    throw new CliError(`${configFile} is not valid:\n  ${what}`);
  };
  const { site, vault, listen, store, hsm } = config;
  if (!site.some((one) => one.name === vault.site)) wrong(`vault.site: there is no [[site]] named ${vault.site}`);
  if (new Set(site.map((one) => one.name)).size !== site.length) wrong('site: two sites have the same name');
  if ((listen.certificate === undefined) !== (listen.key === undefined)) {
    wrong('listen: certificate and key belong together');
  }
  if (hsm['pin-file'] !== undefined && hsm['pin-env'] !== undefined) wrong('hsm: pin-file or pin-env, not both');
  if (store.kind === 'sqlite' && site.length > 1) wrong('store.kind: several sites need etcd');
  if (store.kind === 'etcd' && (store.certificate === undefined) !== (store.key === undefined)) {
    wrong('store: certificate and key belong together');
  }
  if (store.kind === 'etcd' && (store.username === undefined) !== (store['password-file'] === undefined)) {
    wrong('store: username and password-file belong together');
  }
}

function absolute(config: Config, folder: string): Config {
  const from = <T extends string | undefined>(relative: T): T =>
    (relative === undefined ? relative : path.resolve(folder, relative)) as T;
  const set = <T extends object>(object: T, keys: (keyof T)[]): T => {
    const copy = { ...object };
    for (const key of keys) if (typeof copy[key] === 'string') copy[key] = from(copy[key]) as T[keyof T];
    return copy;
  };
  return {
    ...config,
    vault: set(config.vault, ['folder']),
    listen: set(config.listen, ['certificate', 'key']),
    hsm: set(config.hsm, ['module', 'pin-file']),
    store:
      config.store.kind === 'sqlite'
        ? set(config.store, ['file'])
        : set(config.store, ['ca', 'certificate', 'key', 'password-file']),
  };
}
