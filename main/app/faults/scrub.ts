/**
 * What may be told of a fault: what kind it is, and where in the program. Everything is left out that is not known to be
 * harmless; the other way round would miss something. Messages hold paths and names, so only fixed sentences of V8 and Node
 * stay. Of a place in the code the program's own file, line and column stay; functions can have names that come from data.
 */

export interface Scrubbed {
  /** The class of the error. */
  readonly name: string;
  /** Of the system or of Holdfast, such as `ENOSPC` or `internal`. */
  readonly code: string | null;
  /** A sentence without anything of the computer in it. */
  readonly message: string | null;
  /** Outermost last. */
  readonly frames: readonly string[];
}

const MAX_FRAMES = 30;
const NAME = /^[A-Z][A-Za-z0-9]{0,40}(?:Error|Exception)$/;
const SYSTEM_CODE = /^(?:E[A-Z0-9]{2,20}|ERR_[A-Z0-9_]{2,60})$/;

/** Sentences of V8 and Node whose variable part is cut off. */
const SENTENCES: readonly RegExp[] = [
  /^Cannot (?:read|set) properties of (?:undefined|null)/,
  /^Cannot convert undefined or null to object/,
  /^Cannot destructure property/,
  /^Cannot access .+ before initialization/,
  /^Assignment to constant variable/,
  /^Maximum call stack size exceeded/,
  /^Invalid (?:array length|typed array length|time value|string length|count value)/,
  /^Array buffer allocation failed/,
  /^Offset is outside the bounds of the DataView/,
  /^Unexpected (?:end of JSON input|token)/,
  /^Worker terminated due to reaching memory limit/,
  /^The operation was aborted/,
];
const NOT_A = / is not (?:a function|iterable|defined|a constructor)/;

/** Files that the program is built into, and pages' scripts with a hash in their name. */
const OWN_FILE =
  /(?:^|[/\\])((?:chunks[/\\]|assets[/\\])?[A-Za-z][\w.-]{0,60}\.(?:js|mjs|cjs|ts|tsx)):(\d{1,7}):(\d{1,7})$/;
const NODE_PLACE = /^node:[a-z_/]{1,60}:\d{1,7}:\d{1,7}$/;

/**
 * @param thrown anything
 * @param scripts folder of the program's own scripts; a file elsewhere is not named
 */
export function scrub(thrown: unknown, scripts: string): Scrubbed {
  const { name, message, stack, code } = partsOf(thrown);
  return {
    name: NAME.test(name) ? name : 'Error',
    code: SYSTEM_CODE.test(code) ? code : null,
    message: harmless(message),
    frames: framesOf(stack, scripts),
  };
}

function partsOf(thrown: unknown): { name: string; message: string; stack: string; code: string } {
  const read = (key: string): string => {
    try {
      const value: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, key) : undefined;
      return typeof value === 'string' ? value : '';
    } catch {
      return ''; // a getter that throws
    }
  };
  return { name: read('name'), message: read('message'), stack: read('stack'), code: read('code') };
}

function harmless(message: string): string | null {
  for (const sentence of SENTENCES) {
    const match = sentence.exec(message)?.[0];
    if (match !== undefined) return match.replace(/^Cannot access .+ before/, 'Cannot access something before');
  }
  const match = NOT_A.exec(message)?.[0];
  return match === undefined ? null : `Something${match}`;
}

function framesOf(stack: string, scripts: string): string[] {
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return lines.slice(0, MAX_FRAMES).map((line) => frameOf(line, scripts));
}

/** `at name (place)` or `at place`. */
function frameOf(line: string, scripts: string): string {
  const text = line.trim().slice('at '.length);
  const open = text.endsWith(')') ? text.lastIndexOf(' (') : -1;
  return placeOf(open < 0 ? text.replace(/^async /, '') : text.slice(open + 2, -1), scripts);
}

function placeOf(text: string, scripts: string): string {
  if (NODE_PLACE.test(text)) return text;
  const own = OWN_FILE.exec(text);
  if (own === null || !(plain(text).startsWith(plain(scripts)) || text.startsWith('app://'))) return 'elsewhere';
  return `${(own[1] ?? '').replaceAll('\\', '/')}:${own[2]}:${own[3]}`;
}

/** A path as it compares with another: modules are called by URLs, `file:///C:/Program%20Files/…` on Windows. */
function plain(text: string): string {
  if (!text.startsWith('file://')) return text.replaceAll('\\', '/');
  const inUrl = text.slice('file://'.length).replace(/^\/(?=[A-Za-z]:)/, '');
  try {
    return decodeURIComponent(inUrl);
  } catch {
    return inUrl;
  }
}
