import { type Icon, IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import styles from './Note.module.css';

const icons: Record<'waiting' | 'failed', Icon> = { waiting: IconInfoCircle, failed: IconAlertTriangle };

/** Below the head of a page: why what it shows does not go on as usual. */
export function Note({ tone, children }: { tone: keyof typeof icons; children: ReactNode }) {
  const Shape = icons[tone];
  return (
    <div className={styles.note} data-tone={tone} role="note">
      <Shape size={18} className={styles.icon} aria-hidden />
      <div>{children}</div>
    </div>
  );
}
