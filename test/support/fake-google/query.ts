/**
 * The part of Drive's query language that Holdfast uses; anything else is refused as Drive refuses nonsense.
 * https://developers.google.com/workspace/drive/api/guides/search-files
 */
import { ApiError } from './replies.ts';

/** What a query can ask of a file. */
export interface Queried {
  name: string;
  mimeType: string;
  parents: string[];
  trashed: boolean;
  appProperties: Record<string, string>;
}

export type Test = (file: Queried) => boolean;

const TOKEN = /\s*(?:('(?:[^'\\]|\\['\\])*')|([A-Za-z]+)|([(){}=]))/y;

export function parseQuery(q: string): Test {
  const parser = new Parser(q);
  const test = parser.or();
  parser.end();
  return test;
}

class Parser {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(q: string) {
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < q.trimEnd().length) {
      const match = TOKEN.exec(q);
      if (match === null) throw invalid();
      this.#tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
    }
  }

  or(): Test {
    const tests = [this.#and()];
    while (this.#take('or')) tests.push(this.#and());
    return (file) => tests.some((test) => test(file));
  }

  end(): void {
    if (this.#at !== this.#tokens.length) throw invalid();
  }

  #and(): Test {
    const tests = [this.#term()];
    while (this.#take('and')) tests.push(this.#term());
    return (file) => tests.every((test) => test(file));
  }

  #term(): Test {
    if (this.#take('not')) {
      const test = this.#term();
      return (file) => !test(file);
    }
    if (this.#take('(')) {
      const test = this.or();
      this.#need(')');
      return test;
    }
    const token = this.#next();
    if (token.startsWith("'")) {
      const parent = unquoted(token);
      this.#need('in');
      this.#need('parents');
      return (file) => file.parents.includes(parent);
    }
    if (token === 'appProperties') return this.#property();
    this.#need('=');
    const value = this.#next();
    if (token === 'trashed' && (value === 'true' || value === 'false')) return (file) => String(file.trashed) === value;
    if ((token === 'name' || token === 'mimeType') && value.startsWith("'")) {
      const text = unquoted(value);
      return (file) => file[token] === text;
    }
    throw invalid();
  }

  #property(): Test {
    for (const word of ['has', '{', 'key', '=']) this.#need(word);
    const key = unquoted(this.#next());
    for (const word of ['and', 'value', '=']) this.#need(word);
    const value = unquoted(this.#next());
    this.#need('}');
    return (file) => file.appProperties[key] === value;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #need(token: string): void {
    if (!this.#take(token)) throw invalid();
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw invalid();
    this.#at += 1;
    return token;
  }
}

function unquoted(token: string): string {
  if (!token.startsWith("'")) throw invalid();
  return token.slice(1, -1).replace(/\\(.)/g, '$1');
}

function invalid(): ApiError {
  return new ApiError(400, 'invalid', 'Invalid Value');
}
