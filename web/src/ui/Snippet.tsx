import { CopyButton } from './Copy.tsx';
import styles from './Snippet.module.css';

/** Code ready to copy. `title` says what it is or where it belongs. */
export function Snippet({ code, title }: { code: string; title?: string }) {
  return (
    <figure className={styles.box}>
      <figcaption className={styles.head}>
        <span>{title}</span>
        <CopyButton value={code} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre className={styles.code} tabIndex={0}>
        {code}
      </pre>
    </figure>
  );
}
