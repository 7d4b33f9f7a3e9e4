/** A worker writes packs straight into the spool: what the operating system says there is about the destination. */
import { HoldfastError, toHoldfastError, type ErrorInfo } from '../../errors.ts';
import { text } from '../../text.ts';
import { tooManyOpen } from '../../open-files.ts';

/** What was thrown, with the operating system's code at the front of its detail, where it has one. */
export function systemErrorInfo(error: unknown): ErrorInfo {
  const known = toHoldfastError(error).toInfo();
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error instanceof HoldfastError || code === '' ? known : { ...known, detail: `${code}: ${known.detail ?? ''}` };
}

/** @param label the destination in short words, for the sentence */
export function spoolError(info: ErrorInfo, label: string): HoldfastError {
  if (info.code !== 'internal') return HoldfastError.fromInfo(info);
  const code = /^(E[A-Z0-9]+):/.exec(info.detail ?? '')?.[1];
  const options = { detail: info.detail ?? '' };
  if (code === 'EMFILE' || code === 'ENFILE') return tooManyOpen(info.detail);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new HoldfastError(
      'destination-full',
      text`There is no space left in ${label}.`,
      'Everything stored before is still there. Free some space, or choose a larger place, then start again.',
      options,
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new HoldfastError(
      'destination-denied',
      text`Holdfast may not write to ${label}.`,
      'Everything stored before is still there. Give yourself the right to write there, then start again.',
      options,
    );
  }
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO') {
    return new HoldfastError(
      'destination-missing',
      text`${label} is not there any more.`,
      'What was stored there before is not affected. Connect the disk again and start the backup once more: it goes on from there.',
      options,
    );
  }
  if (code === undefined) return HoldfastError.fromInfo(info);
  return new HoldfastError(
    'destination-failed',
    text`${label} could not be written to.`,
    'Everything stored before is still there. Check the disk, then start again.',
    options,
  );
}
