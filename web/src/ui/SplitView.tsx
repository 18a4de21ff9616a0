import { CloseButton } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './SplitView.module.css';

/** A list with the open detail beside it; on narrow screens the detail takes the list's place. */
export function SplitView({ open, list, detail }: { open: boolean; list: ReactNode; detail: ReactNode }) {
  return (
    <div className={styles.split} data-open={open || undefined}>
      <div className={styles.list}>{list}</div>
      {open && detail}
    </div>
  );
}

interface SheetProps {
  title: string;
  /** Beside the title: a badge. */
  aside?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/** The detail of a SplitView. Escape closes it. */
export function Sheet({ title, aside, onClose, children }: SheetProps) {
  const { t } = useTranslation();
  const sheet = useRef<HTMLElement>(null);
  useHotkeys([['Escape', onClose]]);
  // On a phone the sheet replaces the list, whose scroll position would hide the sheet's head.
  useEffect(() => {
    sheet.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <aside className={styles.sheet} aria-label={title} ref={sheet}>
      <div className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        {aside}
        <CloseButton aria-label={t('action.close')} onClick={onClose} />
      </div>
      <div className={styles.body}>{children}</div>
    </aside>
  );
}
