/** The requests that the fake knows, each from its place in the API reference to an answer. */
import { S3Error, xml } from './errors.ts';
import { checkSums, describe, lockOf } from './headers.ts';
import { md5, type NewObject, type Store } from './store.ts';

export interface Profile {
  /** Takes and keeps `x-amz-checksum-*`; else such a header is refused, as Backblaze did it. */
  checksums: boolean;
  /** What becomes of `If-None-Match: *` on a write. */
  conditional: 'honoured' | 'ignored' | 'refused';
}

export const AMAZON: Profile = { checksums: true, conditional: 'honoured' };
export const MINIMAL: Profile = { checksums: false, conditional: 'refused' };
export const IGNORING: Profile = { checksums: true, conditional: 'ignored' };

export interface S3Request {
  method: string;
  key: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: Buffer;
}

export interface S3Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

export type OperationName =
  | 'HeadBucket'
  | 'ListObjectsV2'
  | 'ListMultipartUploads'
  | 'GetObjectLockConfiguration'
  | 'GetBucketVersioning'
  | 'DeleteObjects'
  | 'ListParts'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject';

const WRITES = new Set<OperationName>([
  ...(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'AbortMultipartUpload'] as const),
  ...(['PutObject', 'DeleteObject', 'DeleteObjects'] as const),
]);

export function isWrite(operation: OperationName): boolean {
  return WRITES.has(operation);
}

export function operationOf({ method, key, query }: S3Request): OperationName {
  if (key === '') {
    if (method === 'POST' && query.has('delete')) return 'DeleteObjects';
    if (method === 'HEAD') return 'HeadBucket';
    if (method === 'GET' && query.has('uploads')) return 'ListMultipartUploads';
    if (method === 'GET' && query.has('object-lock')) return 'GetObjectLockConfiguration';
    if (method === 'GET' && query.has('versioning')) return 'GetBucketVersioning';
    if (method === 'GET' && query.get('list-type') === '2') return 'ListObjectsV2';
  } else if (query.has('uploadId')) {
    if (method === 'GET') return 'ListParts';
    if (method === 'PUT') return 'UploadPart';
    if (method === 'POST') return 'CompleteMultipartUpload';
    if (method === 'DELETE') return 'AbortMultipartUpload';
  } else if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload';
  else if (method === 'PUT') return 'PutObject';
  else if (method === 'GET') return 'GetObject';
  else if (method === 'HEAD') return 'HeadObject';
  else if (method === 'DELETE') return 'DeleteObject';
  throw new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented.');
}

export class Operations {
  readonly #store: Store;
  readonly #profile: Profile;
  pageSize = 1000;

  constructor(store: Store, profile: Profile) {
    this.#store = store;
    this.#profile = profile;
  }

  run(operation: OperationName, request: S3Request): S3Answer {
    this.#refuseUnknown(request.headers);
    switch (operation) {
      case 'HeadBucket':
        return { status: 200 };
      case 'ListObjectsV2':
        return this.#listObjects(request.query);
      case 'ListMultipartUploads':
        return this.#listUploads(request.query);
      case 'GetObjectLockConfiguration':
        if (!this.#store.objectLock) {
          throw new S3Error(404, 'ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist');
        }
        return { status: 200, body: xml('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled' }) };
      case 'GetBucketVersioning': {
        const Status = this.#store.versioned ? 'Enabled' : undefined;
        return { status: 200, body: xml('VersioningConfiguration', { Status }) };
      }
      case 'DeleteObjects':
        return this.#deleteObjects(request);
      case 'ListParts':
        return this.#listParts(request);
      case 'CreateMultipartUpload':
        return this.#create(request);
      case 'UploadPart':
        return this.#uploadPart(request);
      case 'CompleteMultipartUpload':
        return this.#complete(request);
      case 'AbortMultipartUpload':
        this.#store.uploads.delete(this.#upload(request).id);
        return { status: 204 };
      case 'PutObject':
        return this.#put(request);
      case 'GetObject':
        return this.#get(request);
      case 'HeadObject':
        return { ...this.#get(request), body: '' };
      case 'DeleteObject':
        this.#store.remove(request.key, request.query.get('versionId') ?? undefined);
        return { status: 204 };
    }
  }

  #refuseUnknown(headers: Record<string, string>): void {
    const sum = Object.keys(headers).find((name) => /^x-amz-(?:checksum-|sdk-checksum|trailer)/.test(name));
    if (!this.#profile.checksums && sum !== undefined && sum !== 'x-amz-checksum-mode') {
      throw new S3Error(400, 'InvalidArgument', `Unsupported header '${sum}' received for this API call.`);
    }
    if (this.#profile.conditional === 'refused' && headers['if-none-match'] !== undefined) {
      throw new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented');
    }
  }

  #put({ key, headers, body }: S3Request): S3Answer {
    const version = this.#store.put(key, body, { ...this.#newObject(headers, body) });
    return { status: 200, headers: { etag: `"${version.etag}"`, 'x-amz-version-id': version.id } };
  }

  #newObject(headers: Record<string, string>, body: Buffer): NewObject {
    const lock = lockOf(headers);
    const summed = checkSums(headers, body);
    if (lock !== null && !summed) {
      throw new S3Error(
        400,
        'InvalidRequest',
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put requests',
      );
    }
    return {
      sha256: headers['x-amz-checksum-sha256'],
      storageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
      lock,
      ifNoneMatch: headers['if-none-match'] === '*' && this.#profile.conditional === 'honoured',
    };
  }

  #get({ key, query, headers }: S3Request): S3Answer {
    const found = this.#store.find(key, query.get('versionId') ?? undefined);
    if (found === null) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key });
    const size = found.bytes.length;
    const described = describe(found, headers['x-amz-checksum-mode'] === 'ENABLED');
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '');
    if (range === null) return { status: 200, headers: described, body: found.bytes };
    const start = Number(range[1]);
    const end = range[2] === '' ? size - 1 : Math.min(Number(range[2]), size - 1);
    if (start >= size) {
      throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', {
        ActualObjectSize: String(size),
      });
    }
    const body = found.bytes.subarray(start, end + 1);
    return {
      status: 206,
      headers: {
        ...described,
        'content-length': String(body.length),
        'content-range': `bytes ${start}-${end}/${size}`,
      },
      body,
    };
  }

  #create({ key, headers }: S3Request): S3Answer {
    const checksums = headers['x-amz-checksum-algorithm'] === 'SHA256';
    const upload = this.#store.begin(key, checksums, headers['x-amz-storage-class'] ?? 'STANDARD', lockOf(headers));
    return { status: 200, body: xml('InitiateMultipartUploadResult', { Key: key, UploadId: upload.id }) };
  }

  #uploadPart(request: S3Request): S3Answer {
    const upload = this.#upload(request);
    const { headers, body } = request;
    const summed = checkSums(headers, body);
    if (upload.lock !== null && !summed) {
      throw new S3Error(400, 'InvalidRequest', 'Content-MD5 OR x-amz-checksum- HTTP header is required');
    }
    if (upload.checksums && headers['x-amz-checksum-sha256'] === undefined) {
      throw new S3Error(400, 'InvalidRequest', 'Checksum Type mismatch occurred, expected checksum Type: sha256');
    }
    const etag = md5(body);
    const number = Number(request.query.get('partNumber'));
    upload.parts.set(number, { bytes: body, etag, sha256: headers['x-amz-checksum-sha256'] });
    return { status: 200, headers: { etag: `"${etag}"` } };
  }

  #complete(request: S3Request): S3Answer {
    const upload = this.#upload(request);
    const text = request.body.toString();
    const wanted = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: /<ETag>(?:"|&quot;|&#34;)?([0-9a-f]{32})/.exec(part)?.[1] ?? '',
      sha256: /<ChecksumSHA256>([^<]+)</.exec(part)?.[1],
    }));
    const conditional = request.headers['if-none-match'] === '*' && this.#profile.conditional === 'honoured';
    const version = this.#store.complete(upload, wanted, conditional);
    const values = { Key: request.key, ETag: `"${version.etag}"`, ChecksumSHA256: version.sha256 };
    return { status: 200, body: xml('CompleteMultipartUploadResult', values) };
  }

  #listParts(request: S3Request): S3Answer {
    const upload = this.#upload(request);
    const after = Number(request.query.get('part-number-marker') ?? 0);
    const all = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b);
    const page = all.slice(0, this.pageSize);
    const truncated = all.length > page.length;
    const body = xml('ListPartsResult', {
      UploadId: upload.id,
      IsTruncated: truncated,
      NextPartNumberMarker: truncated ? page.at(-1)?.[0] : undefined,
      Part: page.map(([number, part]) => ({
        PartNumber: number,
        ETag: `"${part.etag}"`,
        Size: part.bytes.length,
        ChecksumSHA256: upload.checksums ? part.sha256 : undefined,
      })),
    });
    return { status: 200, body };
  }

  #listUploads(query: URLSearchParams): S3Answer {
    const after = `${query.get('key-marker') ?? ''}\0${query.get('upload-id-marker') ?? ''}`;
    const all = [...this.#store.uploads.values()]
      .filter((upload) => upload.key.startsWith(query.get('prefix') ?? ''))
      .map((upload) => ({ upload, at: `${upload.key}\0${upload.id}` }))
      .filter(({ at }) => after === '\0' || at > after)
      .sort((a, b) => (a.at < b.at ? -1 : 1))
      .map(({ upload }) => upload);
    const page = all.slice(0, this.pageSize);
    const last = page.at(-1);
    const body = xml('ListMultipartUploadsResult', {
      IsTruncated: all.length > page.length,
      ...(all.length > page.length && last ? { NextKeyMarker: last.key, NextUploadIdMarker: last.id } : {}),
      Upload: page.map(({ key, id, started }) => ({
        Key: key,
        UploadId: id,
        Initiated: new Date(started).toISOString(),
      })),
    });
    return { status: 200, body };
  }

  #listObjects(query: URLSearchParams): S3Answer {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const max = Math.min(Number(query.get('max-keys') ?? 1000), this.pageSize);
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64url').toString();
    const entries = new Map<string, string | null>();
    for (const key of this.#store.keys()) {
      if (!key.startsWith(prefix)) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut < 0) entries.set(key, key);
      else entries.set(key.slice(0, cut + 1), null);
    }
    const all = [...entries].filter(([at]) => after === '' || at > after);
    const page = all.slice(0, max);
    const truncated = all.length > page.length;
    const body = xml('ListBucketResult', {
      Prefix: prefix,
      KeyCount: page.length,
      MaxKeys: max,
      IsTruncated: truncated,
      NextContinuationToken: truncated ? Buffer.from(page.at(-1)?.[0] ?? '').toString('base64url') : undefined,
      Contents: page.flatMap(([, key]) => {
        const found = key === null ? null : this.#store.find(key);
        return key === null || found === null
          ? []
          : [
              {
                Key: key,
                LastModified: new Date(found.modified).toISOString(),
                ETag: `"${found.etag}"`,
                Size: found.bytes.length,
                StorageClass: found.storageClass,
              },
            ];
      }),
      CommonPrefixes: page.flatMap(([at, key]) => (key === null ? [{ Prefix: at }] : [])),
    });
    return { status: 200, body };
  }

  #deleteObjects({ headers, body }: S3Request): S3Answer {
    if (!checkSums(headers, body)) {
      throw new S3Error(
        400,
        'InvalidRequest',
        'Missing required header for this request: Content-Md5 OR x-amz-checksum',
      );
    }
    const Deleted: { Key: string }[] = [];
    const Errors: { Key: string; Code: string; Message: string }[] = [];
    for (const [, object = ''] of body.toString().matchAll(/<Object>(.*?)<\/Object>/gs)) {
      const Key = /<Key>([^<]+)</.exec(object)?.[1] ?? '';
      try {
        this.#store.remove(Key, /<VersionId>([^<]+)</.exec(object)?.[1]);
        Deleted.push({ Key });
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        Errors.push({ Key, Code: error.code, Message: error.message });
      }
    }
    return { status: 200, body: xml('DeleteResult', { Deleted, Error: Errors }) };
  }

  #upload({ key, query }: S3Request): ReturnType<Store['upload']> {
    return this.#store.upload(key, query.get('uploadId') ?? '');
  }
}
