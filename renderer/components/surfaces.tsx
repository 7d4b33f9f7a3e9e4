import { t } from '@lingui/core/macro';
import { CircleAlert, CircleCheck, Info, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Icon } from './icon.tsx';
import { visibleText } from './visible.ts';

type Tone = 'plain' | 'good' | 'amber' | 'red';

const NOTE_ICON: Record<Tone, LucideIcon> = {
  plain: Info,
  good: CircleCheck,
  amber: TriangleAlert,
  red: CircleAlert,
};

/**
 * Icon and at most three lines. Amber: act when you can. Red: only real danger. Plain: worth knowing.
 * @param live announces the note when it appears
 */
export function Note({
  tone = 'plain',
  icon,
  action,
  live = false,
  className = '',
  children,
}: {
  tone?: Tone;
  icon?: LucideIcon;
  action?: ReactNode;
  live?: boolean;
  className?: string;
  children: ReactNode;
}): ReactNode {
  return (
    <div className={`note note-${tone} ${className}`} {...(live ? { role: tone === 'red' ? 'alert' : 'status' } : {})}>
      <Icon of={icon ?? NOTE_ICON[tone]} />
      <div>{children}</div>
      {action !== undefined && <div className="note-act">{action}</div>}
    </div>
  );
}

/** An icon and a word; never colour alone. */
export function Badge({
  tone = 'plain',
  icon,
  children,
}: {
  tone?: Tone;
  icon?: LucideIcon;
  children: ReactNode;
}): ReactNode {
  return (
    <span className={`badge badge-${tone}`}>
      {icon && <Icon of={icon} size={12} />}
      {children}
    </span>
  );
}

/** Groups what belongs together; never a card in a card. With a title it is a section of the page. */
export function Card({
  title,
  aside,
  actions,
  className = '',
  children,
}: {
  title?: string;
  /** Fainter words beside the title. */
  aside?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}): ReactNode {
  if (title === undefined) return <div className={`card ${className}`}>{children}</div>;
  return (
    <section className={`card ${className}`} aria-label={title}>
      <div className="sec card-head">
        <h2>{title}</h2>
        {aside !== undefined && <span className="t12 faint num">{aside}</span>}
        {actions !== undefined && <span className="push row">{actions}</span>}
      </div>
      {children}
    </section>
  );
}

/**
 * The page's title as a sentence that says how things stand, one line that says what happens next, actions at the end.
 * The title takes the focus when the page opens, so that it is what a screen reader reads first.
 */
export function Head({
  title,
  line,
  mark,
  actions,
}: {
  title: ReactNode;
  line?: ReactNode;
  mark?: ReactNode;
  actions?: ReactNode;
}): ReactNode {
  return (
    <header className="head">
      {mark}
      <div className="head-text">
        <Title>{title}</Title>
        {line !== undefined && <p>{line}</p>}
      </div>
      {actions !== undefined && <div className="acts">{actions}</div>}
    </header>
  );
}

/** A page's h1, and the window's title; focused when it appears, without a ring. */
export function Title({ className = '', children }: { className?: string; children: ReactNode }): ReactNode {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    ref.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = t`${ref.current?.textContent ?? ''} · Holdfast`;
  });
  return (
    <h1 ref={ref} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
}

/** A path whose last name stays visible; the whole of it on hover. */
export function PathText({ path, className = '' }: { path: string; className?: string }): ReactNode {
  const shown = visibleText(path);
  const cut = Math.max(shown.lastIndexOf('/', shown.length - 2), shown.lastIndexOf('\\', shown.length - 2)) + 1;
  return (
    <span className={`path ${className}`} title={shown}>
      {cut > 0 && <bdi className="path-dir">{shown.slice(0, cut)}</bdi>}
      <bdi className="path-base">{shown.slice(cut)}</bdi>
    </span>
  );
}

/** Name and value pairs. */
export function Facts({
  items,
  className = '',
}: {
  items: readonly (readonly [name: ReactNode, value: ReactNode])[];
  className?: string;
}): ReactNode {
  return (
    <dl className={`facts ${className}`}>
      {items.map(([name, value], i) => (
        <div key={i}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
