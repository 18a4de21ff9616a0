import { Collapse, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import styles from './form.module.css';

interface Props {
  title: string;
  /** What belongs here. */
  text?: string;
  children: ReactNode;
}

/** A part of a form. */
export function FormSection({ title, text, children }: Props) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        {text && <p className="dim">{text}</p>}
      </div>
      <div className={styles.fields}>{children}</div>
    </section>
  );
}

/** A part that most people leave as it is. It opens by itself when something in it is set or wrong. */
export function FoldedSection({ title, text, isNeeded, children }: Props & { isNeeded: boolean }) {
  const [wanted, { toggle }] = useDisclosure(false);
  const opened = wanted || isNeeded;
  return (
    <section className={styles.section} aria-label={title}>
      <UnstyledButton
        className={styles.fold}
        aria-expanded={opened}
        disabled={isNeeded}
        data-needed={isNeeded || undefined}
        onClick={toggle}
      >
        <span className={styles.head}>
          <span className={styles.title}>{title}</span>
          {text && <span className="dim">{text}</span>}
        </span>
        {!isNeeded && (
          <IconChevronDown size={18} className={styles.chevron} data-opened={opened || undefined} />
        )}
      </UnstyledButton>
      <Collapse expanded={opened}>
        <div className={styles.fields}>{children}</div>
      </Collapse>
    </section>
  );
}
