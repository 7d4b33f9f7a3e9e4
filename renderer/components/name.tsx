import { Fragment, type ReactNode } from 'react';
import '../theme/name.css';
import { visibleParts } from './visible.ts';

/**
 * A name that came from a disk or a backup: shown exactly, kept apart from the text around it (a right-to-left name
 * turns nothing else round), with characters that cannot be seen written out. The whole of it on hover.
 */
export function Name({ of, className = '' }: { of: string; className?: string }): ReactNode {
  const parts = visibleParts(of);
  return (
    <bdi className={`fname ${className}`} title={parts.map((part) => part.text).join('')}>
      {parts.map((part, index) =>
        part.escaped ? (
          <span key={index} className="fname-esc">
            {part.text}
          </span>
        ) : (
          <Fragment key={index}>{part.text}</Fragment>
        ),
      )}
    </bdi>
  );
}
