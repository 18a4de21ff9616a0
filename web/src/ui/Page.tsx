import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { orDash } from './orDash.ts';
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

/** A titled part of a detail. */
export function Section({
  title,
  aside,
  children,
}: Pick<PanelProps, 'aside' | 'children'> & { title: string }) {
  return (
    <section aria-label={title}>
      <div className={styles.sectionHead}>
        <h3 className={styles.sectionTitle}>{title}</h3>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Names and values, one pair a line. */
export function Fields({ children }: { children: ReactNode }) {
  return <dl className={styles.fields}>{children}</dl>;
}

/** One line of `Fields`; without a value it says so with a dash. */
export function Field({ name, children }: { name: string; children?: ReactNode }) {
  return (
    <div className={styles.field}>
      <dt>{name}</dt>
      <dd>{orDash(children)}</dd>
    </div>
  );
}
