/** Places of destinations as the configuration keeps them, checked when it is read. No secret is in them. */
import { z } from 'zod';
import type { DestinationPlace, SyncService } from '../destinations/spec.ts';

const SERVICES = [
  'icloud',
  'onedrive',
  'dropbox',
  'google-drive',
  'nextcloud',
  'other',
] as const satisfies readonly SyncService[];

const Text = z.string().min(1);

export const Place: z.ZodType<DestinationPlace> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local'), path: Text }),
  z.object({ kind: z.literal('synced'), path: Text, service: z.enum(SERVICES) }),
  z.object({
    kind: z.literal('google-drive'),
    folderId: Text,
    folderName: z.string(),
    driveId: z.string().nullable(),
    account: z.string(),
    clientId: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('s3'),
    endpoint: z.string().nullable(),
    region: z.string(),
    bucket: Text,
    prefix: z.string(),
    pathStyle: z.boolean(),
    storageClass: z.string().nullable(),
    lock: z.object({ mode: z.enum(['governance', 'compliance']), days: z.number().int().positive() }).nullable(),
  }),
  z.object({ kind: z.literal('webdav'), url: Text, user: z.string(), certificate: z.string().nullable() }),
  z.object({
    kind: z.literal('sftp'),
    host: Text,
    port: z.number().int().min(1).max(65_535),
    user: Text,
    path: Text,
    hostKey: Text,
    login: z.enum(['password', 'key', 'agent']),
  }),
]);
