/**
 * Services that speak the S3 protocol, as the forms offer them: how an endpoint is made from a region, and what is known
 * of each. Where something is unknown the adapter finds out by itself; a preset only saves the question.
 */
import { phrase } from '../../text.ts';
import type { S3Preset } from '../connect-types.ts';

const PLAIN = { pathStyle: false, objectLock: false, storageClasses: [], note: null } as const;

export const PRESETS: readonly S3Preset[] = [
  {
    ...PLAIN,
    id: 'amazon',
    name: 'Amazon S3',
    endpoint: null,
    regions: [
      ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'eu-central-1', 'eu-central-2'],
      ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'ap-south-1', 'ap-east-1'],
      ...['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2', 'sa-east-1'],
      ...['me-south-1', 'me-central-1', 'af-south-1', 'il-central-1'],
    ],
    objectLock: true,
    storageClasses: ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR'],
    note: phrase(
      'Classes for infrequent access bill at least 30 days (Glacier Instant Retrieval 90) and every byte read.',
    ),
  },
  {
    ...PLAIN,
    id: 'backblaze',
    name: 'Backblaze B2',
    endpoint: 'https://s3.{region}.backblazeb2.com',
    regions: ['us-west-004', 'us-west-002', 'us-west-001', 'us-east-005', 'eu-central-003', 'ca-east-006'],
    objectLock: true,
    note: phrase(
      'Buckets keep removed files until their lifecycle rule says otherwise: choose “keep only the last version”.',
    ),
  },
  {
    ...PLAIN,
    id: 'cloudflare',
    name: 'Cloudflare R2',
    endpoint: '',
    regions: ['auto'],
    pathStyle: true,
    storageClasses: ['STANDARD_IA'],
    note: phrase('The address is https://<account id>.r2.cloudflarestorage.com.'),
  },
  {
    ...PLAIN,
    id: 'wasabi',
    name: 'Wasabi',
    endpoint: 'https://s3.{region}.wasabisys.com',
    regions: [
      ...['us-east-1', 'us-east-2', 'us-central-1', 'us-west-1', 'ca-central-1', 'eu-central-1', 'eu-central-2'],
      ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-southeast-1'],
      'ap-southeast-2',
    ],
    objectLock: true,
    note: phrase('Every object is billed for at least 90 days.'),
  },
  {
    ...PLAIN,
    id: 'hetzner',
    name: 'Hetzner Object Storage',
    endpoint: 'https://{region}.your-objectstorage.com',
    regions: ['fsn1', 'nbg1', 'hel1'],
    objectLock: true,
  },
  {
    ...PLAIN,
    id: 'scaleway',
    name: 'Scaleway',
    endpoint: 'https://s3.{region}.scw.cloud',
    regions: ['fr-par', 'nl-ams', 'pl-waw', 'it-mil'],
    objectLock: true,
    storageClasses: ['ONEZONE_IA'],
  },
  {
    ...PLAIN,
    id: 'ovhcloud',
    name: 'OVHcloud',
    endpoint: 'https://s3.{region}.io.cloud.ovh.net',
    regions: ['gra', 'sbg', 'rbx', 'eu-west-par', 'de', 'uk', 'waw', 'bhs', 'ca-east-tor', 'sgp', 'ap-south-mum'],
    objectLock: true,
    storageClasses: ['STANDARD_IA'],
  },
  {
    ...PLAIN,
    id: 'digitalocean',
    name: 'DigitalOcean Spaces',
    endpoint: 'https://{region}.digitaloceanspaces.com',
    regions: ['nyc3', 'sfo3', 'sfo2', 'ams3', 'fra1', 'lon1', 'tor1', 'blr1', 'sgp1', 'syd1'],
  },
  {
    ...PLAIN,
    id: 'idrive',
    name: 'IDrive e2',
    endpoint: '',
    regions: [],
    objectLock: true,
    note: phrase('The address stands in the console beside the region, for example https://s3.eu-west-1.idrivee2.com.'),
  },
  {
    ...PLAIN,
    id: 'storj',
    name: 'Storj',
    endpoint: 'https://gateway.storjshare.io',
    regions: ['us-1'],
    objectLock: true,
    note: phrase('Small objects cost a fee for each segment.'),
  },
  {
    ...PLAIN,
    id: 'other',
    name: phrase('MinIO or another service'),
    endpoint: '',
    regions: ['us-east-1'],
    pathStyle: true,
    objectLock: true,
  },
];

/** Amazon's own address for a region; China's regions have a domain of their own. */
export function amazonEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
