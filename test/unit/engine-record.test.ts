import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBytes } from '../../main/engine/format/byte-path.ts';
import { isSafeName, NodeType } from '../../main/engine/format/tree.ts';
import { RecordFlag, RecordView, RecordWriter } from '../../main/engine/pipeline/record.ts';

const record = fc.record({
  type: fc.constantFrom(...Object.values(NodeType)),
  pending: fc.boolean(),
  name: fc.uint8Array({ minLength: 1, maxLength: 255 }).filter(isSafeName),
  stat: fc.record({
    mode: fc.nat(0o177777),
    uid: fc.nat(2 ** 32 - 1),
    gid: fc.nat(2 ** 32 - 1),
    size: fc.maxSafeInteger().map(Math.abs),
    mtimeMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
    ctimeMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
    ino: fc.maxSafeInteger().map(Math.abs),
    dev: fc.nat(),
  }),
  needs: fc.nat(4).chain((n) => fc.uint8Array({ minLength: 16 * n, maxLength: 16 * n })),
  node: fc.uint8Array({ maxLength: 300 }),
});

describe('records', () => {
  it('come back as they were, one after the other', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), (list) => {
        const writer = new RecordWriter();
        for (const r of list) {
          const flags = r.pending ? RecordFlag.pending : 0;
          writer.add(r.type, flags, fromBytes(r.name), r.stat, r.needs, r.node);
        }
        const taken = Buffer.from(writer.take());
        expect(writer.length).toBe(0);
        const view = new RecordView(taken);
        for (const r of list) {
          expect([view.type, view.pending, view.name]).toEqual([r.type, r.pending, fromBytes(r.name)]);
          expect(new Uint8Array(view.nameBytes)).toEqual(r.name);
          expect(new Uint8Array(view.node)).toEqual(r.node);
          expect([view.size, view.mtimeMs, view.ctimeMs]).toEqual([r.stat.size, r.stat.mtimeMs, r.stat.ctimeMs]);
          expect(view.needs).toBe(r.needs.length / 16);
          expect(new Uint8Array(taken.subarray(view.needsAt, view.needsAt + r.needs.length))).toEqual(r.needs);
          expect(view.sameAs(r.type, r.stat)).toBe(true);
          view.at += view.total;
        }
        expect(view.at).toBe(taken.length);
      }),
    );
  });

  it('are not the same as anything of which lstat tells otherwise', () => {
    const stat = { mode: 0o100644, uid: 1, gid: 2, size: 3, mtimeMs: 4.5, ctimeMs: 5.25, ino: 6, dev: 7 };
    const writer = new RecordWriter();
    writer.add(NodeType.file, 0, fromBytes(Buffer.from('a')), stat, new Uint8Array(0), new Uint8Array(0));
    const view = new RecordView(Buffer.from(writer.take()));
    expect(view.sameAs(NodeType.file, stat)).toBe(true);
    expect(view.sameAs(NodeType.symlink, stat)).toBe(false);
    for (const field of ['mode', 'uid', 'gid', 'size', 'mtimeMs', 'ctimeMs', 'ino'] as const) {
      expect([field, view.sameAs(NodeType.file, { ...stat, [field]: stat[field] + 1 })]).toEqual([field, false]);
    }
  });

  it('can be copied whole, past the size that the writer began with', () => {
    const writer = new RecordWriter();
    const stat = { mode: 1, uid: 1, gid: 1, size: 1, mtimeMs: 1, ctimeMs: 1, ino: 1, dev: 1 };
    writer.add(NodeType.file, 0, fromBytes(Buffer.from('a')), stat, new Uint8Array(16), new Uint8Array(1000));
    const one = new RecordView(Buffer.from(writer.take())).whole;
    for (let i = 0; i < 100; i++) writer.copy(one);
    const all = writer.take();
    expect(all.length).toBe(100 * one.length);
    expect(Buffer.compare(all.subarray(99 * one.length), one)).toBe(0);
  });
});
