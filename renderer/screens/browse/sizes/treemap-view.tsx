import { useId, useMemo, type KeyboardEvent, type ReactNode } from 'react';
import { apart, formatBytes, joined } from '../../../components/format.ts';
import { useSize } from '../../../components/use-size.ts';
import { visibleText } from '../../../components/visible.ts';
import { neighbour, squarify, type Direction, type Rect } from './treemap.ts';

export interface Tile {
  readonly id: string;
  readonly name: string;
  /** What its area stands for. */
  readonly value: number;
  /** Under its name. */
  readonly line: string;
  /** Read out. */
  readonly label: string;
  readonly tone: 'folder' | 'file' | 'less';
  readonly inside: readonly { readonly id: string; readonly name: string; readonly bytes: number }[];
}

const GAP = 2;
const HEAD = 38;
const LETTER = 6.6;
const PAD = 8;
/** Tiles thinner than this are not drawn: the list has them. */
const LEAST = 3;

/** As much of a text as a width holds. */
function fitted(text: string, width: number): string {
  const shown = visibleText(text);
  const letters = Math.floor((width - 2 * PAD) / LETTER);
  if (letters < 3) return '';
  return shown.length <= letters ? shown : `${[...shown].slice(0, letters - 1).join('')}…`;
}

function Inside({ tile, rect }: { tile: Tile; rect: Rect }): ReactNode {
  const frame = { x: rect.x + 4, y: rect.y + HEAD, width: rect.width - 8, height: rect.height - HEAD - 4 };
  if (tile.inside.length === 0 || frame.width < 40 || frame.height < 24) return null;
  const told = tile.inside.reduce((sum, { bytes }) => sum + bytes, 0);
  const rest = Math.max(0, tile.value - told);
  const values = [...tile.inside.map(({ bytes }) => bytes), rest];
  return squarify(values, frame)
    .slice(0, tile.inside.length)
    .map((part, i) => {
      const item = tile.inside[i];
      if (item === undefined || part.width < 6 || part.height < 6) return null;
      const name = part.height < 22 ? '' : fitted(item.name, part.width);
      return (
        <g key={item.id}>
          <rect className="tm-in" x={part.x} y={part.y} width={part.width - 1} height={part.height - 1} rx="2" />
          {name !== '' && (
            <text className="tm-in-text" x={part.x + PAD - 2} y={part.y + 15}>
              {name}
            </text>
          )}
        </g>
      );
    });
}

/** Areas stand for sizes. Arrows go from one to the next, Enter opens a folder, Backspace goes one up. */
export function TreemapView({
  tiles,
  label,
  cursor,
  onCursor,
  onOpen,
  onUp,
}: {
  /** Largest first. */
  tiles: readonly Tile[];
  label: string;
  /** Id of the tile that is chosen. */
  cursor: string | null;
  onCursor: (id: string) => void;
  onOpen: (id: string) => void;
  onUp: () => void;
}): ReactNode {
  const { ref: box, size } = useSize();
  const prefix = useId();
  const rects = useMemo(
    () =>
      squarify(
        tiles.map((tile) => tile.value),
        { x: 0, y: 0, ...size },
      ),
    [tiles, size],
  );
  const at = tiles.findIndex((tile) => tile.id === cursor);
  const drawn = (i: number): boolean => (rects[i]?.width ?? 0) >= LEAST && (rects[i]?.height ?? 0) >= LEAST;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && at >= 0) onOpen(tiles[at]?.id ?? '');
    else if (event.key === 'Backspace' || (event.altKey && event.key === 'ArrowUp')) onUp();
    else if (/^Arrow(Left|Right|Up|Down)$/.test(event.key) && !event.altKey) {
      const next = neighbour(
        rects.map((rect, i) => (drawn(i) ? rect : { ...rect, width: 0 })),
        at,
        event.key as Direction,
      );
      if (next >= 0) onCursor(tiles[next]?.id ?? '');
    } else if (event.key === 'Home') onCursor(tiles[0]?.id ?? '');
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="tm"
      role="listbox"
      tabIndex={0}
      aria-label={label}
      {...(at >= 0 && drawn(at) ? { 'aria-activedescendant': `${prefix}${at}` } : {})}
      onKeyDown={onKeyDown}
      onFocus={() => {
        if (at < 0 && tiles[0] !== undefined) onCursor(tiles[0].id);
      }}
    >
      <svg width={size.width} height={size.height} role="presentation">
        {tiles.map((tile, i) => {
          const rect = rects[i];
          if (rect === undefined || !drawn(i)) return null;
          const chosen = tile.id === cursor;
          const named = rect.height >= 22 ? fitted(tile.name, rect.width) : '';
          return (
            <g
              key={tile.id}
              id={`${prefix}${i}`}
              role="option"
              aria-selected={chosen}
              aria-label={tile.label}
              className={`tm-tile tm-${tile.tone} ${chosen ? 'tm-chosen' : ''}`}
              onClick={() => onCursor(tile.id)}
              onDoubleClick={() => onOpen(tile.id)}
            >
              <title>{joined([visibleText(tile.name), tile.line === '' ? formatBytes(tile.value) : tile.line])}</title>
              <rect
                className="tm-rect"
                x={rect.x + GAP / 2}
                y={rect.y + GAP / 2}
                width={Math.max(1, rect.width - GAP)}
                height={Math.max(1, rect.height - GAP)}
                rx={Math.min(4, rect.width / 4, rect.height / 4)}
              />
              {named !== '' && (
                <text className="tm-name" x={rect.x + PAD} y={rect.y + 16}>
                  {named}
                </text>
              )}
              {named !== '' && rect.height >= HEAD && (
                <text className="tm-line" x={rect.x + PAD} y={rect.y + 31}>
                  {apart(fitted(tile.line, rect.width))}
                </text>
              )}
              <Inside tile={tile} rect={rect} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}
