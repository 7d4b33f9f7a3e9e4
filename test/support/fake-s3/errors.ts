/** Errors of the fake, as S3 writes them: a status and a small XML document. */

export class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, string>;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.headers = headers;
  }

  toXml(): string {
    return xml('Error', { Code: this.code, Message: this.message, ...this.fields, RequestId: 'FAKE0000000000001' });
  }
}

type Value = string | number | boolean | undefined | Values | Value[];
interface Values {
  [name: string]: Value;
}

/** A document of elements; an array repeats its element. */
export function xml(root: string, values: Values): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, values)}`;
}

function element(name: string, value: Value): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((each) => element(name, each)).join('');
  if (typeof value !== 'object') return `<${name}>${escaped(String(value))}</${name}>`;
  const inner = Object.entries(value).map(([child, each]) => element(child, each));
  return `<${name}>${inner.join('')}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
