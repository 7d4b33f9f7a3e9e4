/** How a page of the gallery is laid out: a name over each component, and states that otherwise only a hand gives. */
import { useLayoutEffect, useRef, type ReactNode } from 'react';

/** One component in one or several states. */
export function One({
  name,
  wide = false,
  children,
}: {
  name: string;
  wide?: boolean;
  children: ReactNode;
}): ReactNode {
  return (
    <section className={`gal-one ${wide ? 'gal-wide' : ''}`} aria-label={name}>
      <h2 translate="no">{name}</h2>
      {children}
    </section>
  );
}

/** Buttons side by side. */
export function Side({ children }: { children: ReactNode }): ReactNode {
  return <div className="row row-wrap">{children}</div>;
}

/** Holds what is in it as if the pointer or the focus were there: the style sheets go by these attributes. */
export function Held({
  as,
  children,
}: {
  as: 'hovered' | 'pressed' | 'focus-visible' | 'focused';
  children: ReactNode;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    for (const one of box.current?.querySelectorAll('button, label, input') ?? [])
      one.setAttribute(`data-${as}`, 'true');
  });
  return <div ref={box}>{children}</div>;
}
