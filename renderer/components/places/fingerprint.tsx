import { Fingerprint as FingerprintIcon } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { Icon } from '../icon.tsx';

/** What a server shows of itself, to be compared letter by letter with what its owner sees. */
export function Fingerprint({
  title,
  value,
  about,
  children,
}: {
  title: string;
  value: string;
  /** Kind of key, or whose certificate it is. */
  about: string;
  /** Where to find the one to compare it with. */
  children: ReactNode;
}): ReactNode {
  return (
    <section className="fp-box" aria-label={title}>
      <Icon of={FingerprintIcon} size={20} className="faint" />
      <div className="fp-text">
        <p className="medium">{title}</p>
        <p className="fp-value select" translate="no">
          <bdi>
            {value.split(':').map((part, index) => (
              <Fragment key={index}>
                {index > 0 && (
                  <>
                    :<wbr />
                  </>
                )}
                {part}
              </Fragment>
            ))}
          </bdi>
        </p>
        <p className="t12 faint">
          <bdi>{about}</bdi>
        </p>
      </div>
      <div className="fp-how dim">{children}</div>
    </section>
  );
}
