/** What a storage was asked, and what the same would cost of Drive's quota. */
import type { OperationName } from '../../support/fake-s3/operations.ts';

export interface Counted {
  requests: number;
  /** Quota units at Drive's prices from May 2026. */
  units: number;
  /** Requests that fetch an object's bytes or a part of them. */
  downloads: number;
}

/**
 * What Drive asks for the request that does the same there: making a file 50, a piece of one 5, its bytes 200, a page of a
 * list 100, a look at one file 5, its removal 50.
 * https://developers.google.com/workspace/drive/api/guides/limits#per-method-quota
 */
export const DRIVE_UNITS: Partial<Record<OperationName, number>> = {
  PutObject: 50,
  CreateMultipartUpload: 50,
  UploadPart: 5,
  GetObject: 200,
  ListObjectsV2: 100,
  HeadObject: 5,
  DeleteObject: 50,
};

/** What came between two looks. */
export function sumOf(before: Counted, after: Counted): Counted {
  return {
    requests: after.requests - before.requests,
    units: after.units - before.units,
    downloads: after.downloads - before.downloads,
  };
}
