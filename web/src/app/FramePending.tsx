import { Skeleton } from '@mantine/core';
import styles from './Frame.module.css';
import bar from './TopBar.module.css';

/** The frame's shape while the session loads, so that nothing jumps when it is there. */
export function FramePending() {
  return (
    <div className={styles.frame} aria-busy="true">
      <div
        className={styles.rail}
        style={{ borderRight: '1px solid var(--arno-line)', background: 'var(--arno-surface)' }}
      />
      <div className={styles.body}>
        <div className={bar.bar} />
        <main className={styles.main}>
          <Skeleton height={24} width={220} mb={20} />
          <Skeleton height={110} radius="lg" mb={16} />
          <Skeleton height={380} radius="lg" />
        </main>
      </div>
    </div>
  );
}
