/** The kinds of storage as people tell them apart, and the icon of each place. */
import { t } from '@lingui/core/macro';
import { Cloud, Database, HardDrive, Server, Triangle, type LucideIcon } from 'lucide-react';
import type { AppState, Destination, DestinationKind, PlaceOffers } from '../../../preload/contract.ts';

export type KindId = 'google-drive' | 'disk' | 'server' | 's3' | `synced:${string}`;

export interface Kind {
  readonly id: KindId;
  readonly word: string;
  readonly line: string;
  readonly icon: LucideIcon;
  /** The sync folder that was found; null for the other kinds, and where it is not set up here. */
  readonly offer: PlaceOffers['synced'][number] | null;
  /** How a sync folder gets onto this computer, where it is not there. */
  readonly missing: string | null;
}

const ICON: Record<DestinationKind, LucideIcon> = {
  local: HardDrive,
  synced: Cloud,
  'google-drive': Triangle,
  s3: Database,
  webdav: Server,
  sftp: Server,
};

export function iconOf(kind: DestinationKind): LucideIcon {
  return ICON[kind];
}

type Service = Destination['service'];

/** Sync services that come with a system or are usual on it, and how each is turned on. */
const USUAL: Record<AppState['platform'], readonly { service: NonNullable<Service>; word: string; how: string }[]> = {
  darwin: [
    {
      service: 'icloud',
      word: t`iCloud Drive`,
      how: t`Open System Settings, choose your name, then iCloud, and turn on iCloud Drive.`,
    },
  ],
  win32: [
    {
      service: 'onedrive',
      word: t`OneDrive`,
      how: t`Open OneDrive from the Start menu and sign in; its folder then appears in the Explorer.`,
    },
    {
      service: 'icloud',
      word: t`iCloud Drive`,
      how: t`Install iCloud for Windows from the Microsoft Store, sign in, and turn on iCloud Drive.`,
    },
  ],
  linux: [
    {
      service: 'dropbox',
      word: t`Dropbox`,
      how: t`Install Dropbox from its own site and sign in; its folder then appears in your home folder.`,
    },
  ],
};

const SYNCED_LINE: Partial<Record<NonNullable<Service>, string>> = {
  icloud: t`The space you already pay for`,
  onedrive: t`The space you already pay for`,
  dropbox: t`The space you already pay for`,
  'google-drive': t`By Google’s own program`,
};

/** What can be chosen, in the order it is shown; sync folders that are missing only where the system has them. */
export function kindsOf(offers: PlaceOffers | undefined, platform: AppState['platform']): Kind[] {
  const found = (offers?.synced ?? []).map((offer): Kind => ({
    id: `synced:${offer.path}`,
    word: offer.name,
    line: SYNCED_LINE[offer.service] ?? t`A folder that another program carries on`,
    icon: Cloud,
    offer,
    missing: null,
  }));
  const missing = (offers === undefined ? [] : USUAL[platform])
    .filter(({ service }) => offers?.synced.every((offer) => offer.service !== service))
    .map(({ service, word, how }): Kind => ({
      id: `synced:${service}`,
      word,
      line: t`Not set up on this computer`,
      icon: Cloud,
      offer: null,
      missing: how,
    }));
  const plain = { offer: null, missing: null };
  return [
    { ...plain, id: 'google-drive', word: t`Google Drive`, line: t`Sees only files Holdfast makes`, icon: Triangle },
    ...found,
    ...missing,
    { ...plain, id: 'disk', word: t`A disk or folder`, line: t`USB, built in, or on the network`, icon: HardDrive },
    { ...plain, id: 'server', word: t`A NAS or server`, line: t`SFTP or WebDAV`, icon: Server },
    { ...plain, id: 's3', word: t`S3 storage`, line: t`AWS, Backblaze, MinIO and others`, icon: Database },
  ];
}
