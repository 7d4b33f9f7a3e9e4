/** From what Node's network says to sentences for the user; the same for every server. */
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';

const NO_NAME = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA']);
const NO_ROUTE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'EHOSTUNREACH'],
  ...['EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_SOCKET'],
]);
/** OpenSSL's names of what can be wrong with a certificate, and Node's own for a wrong host name. */
const CERTIFICATE =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED)/;

/** The error's code, its cause's, or empty. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}

/**
 * What a failure of the connection means, or null where it was none.
 * @param host what the server is called in sentences
 */
export function networkError(error: unknown, host: string): HoldfastError | null {
  const code = codeOf(error);
  const detail = `${code}: ${error instanceof Error ? error.message : String(error)}`;
  if (NO_NAME.has(code) || NO_ROUTE.has(code) || isCut(error)) {
    return new HoldfastError(
      'destination-offline',
      NO_NAME.has(code)
        ? text`${host} cannot be found on the network.`
        : text`The connection to ${host} does not hold.`,
      'Nothing stored before is affected. Holdfast goes on when the network is back; check the connection if it stays away.',
      { detail, retry: { afterMs: null } },
    );
  }
  if (CERTIFICATE.test(code)) {
    return new HoldfastError(
      'destination-denied',
      text`${host} does not prove who it is: its certificate is not valid here.`,
      'Nothing was sent to it, and nothing was lost. Check the address and this computer’s date; ask who runs the server.',
      { detail },
    );
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('HPE_')) {
    return new HoldfastError(
      'destination-failed',
      text`${host} speaks another protocol than expected.`,
      'Nothing was lost. Check the address of this destination: https or http, and the port.',
      { detail },
    );
  }
  return null;
}

/** A body that ended before its length: Node says it by message only. */
function isCut(error: unknown): boolean {
  return error instanceof Error && /^(?:aborted|socket hang up|premature close|terminated)/i.test(error.message);
}
