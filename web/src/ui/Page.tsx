import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import styles from './Page.module.css';

interface HeaderProps {
  title: string;
  description?: string | undefined;
  actions?: ReactNode;
}

/** The one title of a page, its one sentence and its primary action. */
export function PageHeader({ title, description, actions }: HeaderProps) {
  useDocumentTitle(`${title} · Arno`);
  return (
    <header className={styles.header}>
      <div className={styles.words}>
        <h1 className={styles.title}>{title}</h1>
        {description && <p className={styles.description}>{description}</p>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}

interface PanelProps {
  title?: string | undefined;
  aside?: ReactNode;
  children: ReactNode;
  /** Without inner padding, for tables. */
  flush?: boolean;
  className?: string | undefined;
}

/** A card of content. */
export function Panel({ title, aside, children, flush = false, className }: PanelProps) {
  const headed = Boolean(title || aside);
  return (
    <section
      className={[styles.panel, className].filter(Boolean).join(' ')}
      data-bare={!headed || undefined}
      aria-label={title}
    >
      {headed && (
        <div className={styles.panelHead}>
          <h2 className={styles.panelTitle}>{title}</h2>
          {aside}
        </div>
      )}
      <div className={flush ? undefined : styles.panelBody}>{children}</div>
    </section>
  );
}

/** Names and values, one pair a line; on narrow screens the value stands below its name. */
export function Fields({ items }: { items: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.fields}>
      {items.map(([name, value]) => (
        <div key={name} className={styles.field}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
