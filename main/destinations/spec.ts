/**
 * How to open a destination, as plans, worker messages and the command line carry it: plain data, without secrets.
 */

/** `path`: absolute path of the repository's folder. */
export type DestinationSpec = { kind: 'local'; path: string };
