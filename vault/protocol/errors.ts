/** The one error of this room. Codes are for programs; the client turns them into sentences for people. */
export type ProtocolErrorCode =
  | 'malformed' // wrong size, not canonical, a field that is missing, unknown or out of its range
  | 'bad-point' // the identity, off the curve, or not 33 compressed bytes
  | 'ksf-refused' // Argon2id parameters outside the bounds
  | 'password-refused' // empty, too long, or with a character that RFC 8265 does not allow
  | 'envelope-failed' // the envelope does not open: wrong password, or an answer that was tampered with
  | 'server-mac-failed' // whoever answered does not hold the server's key, or saw another message
  | 'server-key-mismatch' // the server's public key is not the pinned one
  | 'not-the-vault' // the chain of bundles does not lead from the pinned one to the newest
  | 'bad-signature'
  | 'not-authentic'; // an AEAD tag does not match: wrong key, or tampered with

export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;
  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProtocolError';
    this.code = code;
  }
}
