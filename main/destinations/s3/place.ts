/** Checks a place and its keys before anything is sent, and says where it is. */
import { HoldfastError } from '../../errors.ts';
import { sentence, text, type Text } from '../../text.ts';
import type { DestinationCredentials, Opening, S3Place } from '../spec.ts';
import { amazonEndpoint } from './presets.ts';

export type S3Credentials = Extract<DestinationCredentials, { kind: 's3' }>;

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
const REGION = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/;
/** Names that every service takes and that need no thought in addresses. */
const PREFIX = /^(?:[A-Za-z0-9!_.*'() -]+\/)*$/;
const MAX_LOCK_DAYS = 36_500;

/** @throws HoldfastError `bad-input` */
export function checkPlace(place: S3Place): URL {
  const text = place.endpoint ?? amazonEndpoint(place.region);
  if (!REGION.test(place.region)) {
    throw wrong('That is no region.', 'Copy the region from your provider, for example eu-central-1.');
  }
  if (!URL.canParse(text)) throw wrongAddress(text);
  const endpoint = new URL(text);
  const plain = endpoint.username === '' && endpoint.password === '' && endpoint.search === '' && endpoint.hash === '';
  if (!['https:', 'http:'].includes(endpoint.protocol) || !plain) throw wrongAddress(endpoint.host);
  if (!BUCKET.test(place.bucket)) {
    throw wrong(
      'That is no name of a bucket.',
      'Copy the bucket’s name from your provider, without an address before it.',
    );
  }
  if (!PREFIX.test(place.prefix) || place.prefix.split('/').some((part) => part === '.' || part === '..')) {
    throw wrong(
      'The folder inside the bucket has a name that not every service takes.',
      'Use plain letters, digits and hyphens, with a / at the end.',
    );
  }
  if (place.lock !== null && !(place.lock.days >= 1 && place.lock.days <= MAX_LOCK_DAYS)) {
    throw wrong('Objects cannot be protected for that long.', 'Choose between 1 and 36,500 days.');
  }
  return endpoint;
}

/** @throws HoldfastError `bad-input` where the keys are missing or not such keys */
export function keysOf(opening: Opening): S3Credentials {
  const { credentials } = opening;
  if (credentials?.kind === 's3' && credentials.accessKeyId !== '' && credentials.secretAccessKey !== '') {
    return credentials;
  }
  throw wrong('The access key for this bucket is missing.', 'Enter the access key and the secret key once more.');
}

function wrongAddress(typed: string): HoldfastError {
  return wrong(
    'That is no address of a storage service.',
    'Give it as https://host, without a user name, a bucket or anything after a question mark.',
    typed,
  );
}

function wrong(message: string | Text, guidance: string | Text, detail?: string): HoldfastError {
  return new HoldfastError('bad-input', message, text`Nothing was changed. ${sentence(guidance)}`, {
    ...(detail === undefined ? {} : { detail: detail.slice(0, 200) }),
  });
}
