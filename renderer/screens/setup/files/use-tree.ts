/** The tree of places: what is open, what was listed, flattened to the rows that are shown. */
import { useCallback, useState } from 'react';
import type { SourceNode } from '../../../../preload/contract.ts';
import { api, toUserError, type UserError } from '../../../state/bridge.ts';

export type Listing = 'loading' | { nodes: readonly SourceNode[] } | { error: UserError };

export interface TreeRow {
  node: SourceNode;
  /** 1 at the top. */
  level: number;
  position: number;
  setSize: number;
  open: boolean;
  parent: string | null;
}

export interface NoteRow {
  note: 'loading' | 'empty' | UserError;
  level: number;
  parent: string;
}

export type Row = TreeRow | NoteRow;

export function isNote(row: Row): row is NoteRow {
  return 'note' in row;
}

/** Rows in the order they are shown. */
export function flatten(
  nodes: readonly SourceNode[],
  open: ReadonlySet<string>,
  listings: ReadonlyMap<string, Listing>,
  level = 1,
  parent: string | null = null,
): Row[] {
  return nodes.flatMap((node, i): Row[] => {
    const isOpen = open.has(node.path);
    const row: TreeRow = { node, level, position: i + 1, setSize: nodes.length, open: isOpen, parent };
    if (!isOpen) return [row];
    const listing = listings.get(node.path) ?? 'loading';
    const under = { level: level + 1, parent: node.path };
    if (listing === 'loading') return [row, { note: 'loading', ...under }];
    if ('error' in listing) return [row, { note: listing.error, ...under }];
    if (listing.nodes.length === 0) return [row, { note: 'empty', ...under }];
    return [row, ...flatten(listing.nodes, open, listings, level + 1, node.path)];
  });
}

export function useTree(): {
  open: ReadonlySet<string>;
  listings: ReadonlyMap<string, Listing>;
  setOpen: (node: SourceNode, open: boolean) => void;
} {
  const [open, setOpenSet] = useState<ReadonlySet<string>>(() => new Set());
  const [listings, setListings] = useState<ReadonlyMap<string, Listing>>(() => new Map());

  const put = useCallback(
    (path: string, listing: Listing) => setListings((old) => new Map(old).set(path, listing)),
    [],
  );
  const setOpen = useCallback(
    (node: SourceNode, next: boolean) => {
      setOpenSet((old) => {
        const changed = new Set(old);
        if (next) changed.add(node.path);
        else changed.delete(node.path);
        return changed;
      });
      if (!next) return;
      // A folder is listed anew each time it is opened: what changed on the disk shows.
      setListings((old) => (old.has(node.path) ? old : new Map(old).set(node.path, 'loading')));
      api.setup.listFolder({ cap: node.cap }).then(
        (nodes) => put(node.path, { nodes }),
        (error: unknown) => put(node.path, { error: toUserError(error) }),
      );
    },
    [put],
  );
  return { open, listings, setOpen };
}
