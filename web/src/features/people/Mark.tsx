import type { ReactNode } from 'react';
import styles from './people.module.css';

/** A grey word beside a name: neither good nor bad, so none of the status colours. */
export function Mark({ children }: { children: ReactNode }) {
  return <span className={styles.mark}>{children}</span>;
}
