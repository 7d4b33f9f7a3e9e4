/** What every decorator begins with: a destination that hands each call on as it is. */
import type {
  Abilities,
  CallOptions,
  Destination,
  ObjectInfo,
  PublishOptions,
  PutOptions,
  SpaceInfo,
} from '../destination.ts';
import { assertObjectName } from '../names.ts';

export type ListOptions = CallOptions & { onStray?: (path: string) => void };

/** A call of the interface, for messages. */
export type Operation =
  | 'open'
  | 'init'
  | 'undoInit'
  | 'put'
  | 'spoolFolder'
  | 'publish'
  | 'clearSpool'
  | 'get'
  | 'getRange'
  | 'stat'
  | 'list'
  | 'remove'
  | 'space';

export class PassThrough implements Destination {
  readonly kind: string;
  readonly label: string;
  readonly abilities?: Abilities;
  protected readonly inner: Destination;

  constructor(inner: Destination) {
    this.inner = inner;
    this.kind = inner.kind;
    this.label = inner.label;
    if (inner.abilities !== undefined) this.abilities = inner.abilities;
  }

  /** The options that a call is handed on with. */
  protected pass<O extends CallOptions>(options: O): O {
    return options;
  }

  async init(options: CallOptions = {}): Promise<void> {
    await this.inner.init(this.pass(options));
  }

  async undoInit(options: CallOptions = {}): Promise<void> {
    await this.inner.undoInit?.(this.pass(options));
  }

  async put(name: string, bytes: Uint8Array, options: PutOptions = {}): Promise<void> {
    await this.inner.put(name, bytes, this.pass(options));
  }

  async spoolFolder(owner: string, options: CallOptions = {}): Promise<string> {
    return await this.inner.spoolFolder(owner, this.pass(options));
  }

  async publish(spoolPath: string, name: string, options: PublishOptions = {}): Promise<void> {
    await this.inner.publish(spoolPath, name, this.pass(options));
  }

  async clearSpool(owner: string, options: CallOptions = {}): Promise<void> {
    await this.inner.clearSpool(owner, this.pass(options));
  }

  async get(name: string, options: CallOptions = {}): Promise<Uint8Array> {
    return await this.inner.get(name, this.pass(options));
  }

  async getRange(name: string, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    return await this.inner.getRange(name, offset, length, this.pass(options));
  }

  async stat(name: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    return await this.inner.stat(name, this.pass(options));
  }

  list(prefix: string, options: ListOptions = {}): AsyncIterable<ObjectInfo> {
    return this.inner.list(prefix, this.pass(options));
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    await this.inner.remove(name, this.pass(options));
  }

  async space(options: CallOptions = {}): Promise<SpaceInfo> {
    return await this.inner.space(this.pass(options));
  }

  localPath(name: string): string | null {
    assertObjectName(name);
    return this.inner.localPath?.(name) ?? null;
  }

  async close(): Promise<void> {
    await this.inner.close();
  }
}

/** A destination of which every call that asks the storage goes through one function. */
export abstract class EachCall extends PassThrough {
  /** Runs `body`, once or more often. */
  protected abstract each<T>(
    operation: Operation,
    options: CallOptions | undefined,
    body: () => Promise<T>,
  ): Promise<T>;

  override async init(options?: CallOptions): Promise<void> {
    await this.each('init', options, () => super.init(options));
  }

  override async undoInit(options?: CallOptions): Promise<void> {
    await this.each('undoInit', options, () => super.undoInit(options));
  }

  override async put(name: string, bytes: Uint8Array, options?: PutOptions): Promise<void> {
    await this.each('put', options, () => super.put(name, bytes, options));
  }

  override async spoolFolder(owner: string, options?: CallOptions): Promise<string> {
    return await this.each('spoolFolder', options, () => super.spoolFolder(owner, options));
  }

  override async publish(spoolPath: string, name: string, options?: PublishOptions): Promise<void> {
    await this.each('publish', options, () => super.publish(spoolPath, name, options));
  }

  override async clearSpool(owner: string, options?: CallOptions): Promise<void> {
    await this.each('clearSpool', options, () => super.clearSpool(owner, options));
  }

  override async get(name: string, options?: CallOptions): Promise<Uint8Array> {
    return await this.each('get', options, () => super.get(name, options));
  }

  override async getRange(name: string, offset: number, length: number, options?: CallOptions): Promise<Uint8Array> {
    return await this.each('getRange', options, () => super.getRange(name, offset, length, options));
  }

  override async stat(name: string, options?: CallOptions): Promise<ObjectInfo | null> {
    return await this.each('stat', options, () => super.stat(name, options));
  }

  override async remove(name: string, options?: CallOptions): Promise<void> {
    await this.each('remove', options, () => super.remove(name, options));
  }

  override async space(options?: CallOptions): Promise<SpaceInfo> {
    return await this.each('space', options, () => super.space(options));
  }
}
