import { t } from '@lingui/core/macro';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../../components/button.tsx';

/** One step back or forward through what was looked at; null where there is none. */
export interface Steps {
  onBack: (() => void) | null;
  onForward: (() => void) | null;
}

export function StepButtons({ onBack, onForward }: Steps): ReactNode {
  return (
    <>
      <IconButton label={t`Back`} icon={ChevronLeft} size="s" isDisabled={onBack === null} onPress={() => onBack?.()} />
      <IconButton
        label={t`Forward`}
        icon={ChevronRight}
        size="s"
        isDisabled={onForward === null}
        onPress={() => onForward?.()}
      />
    </>
  );
}
