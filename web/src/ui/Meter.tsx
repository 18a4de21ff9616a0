import { useLocale } from '../i18n/index.ts';
import { DASH, formatBytes } from './format.ts';
import styles from './Meter.module.css';

interface Props {
  label: string;
  /** Whether the label stands before the bar, where no column's head says it. */
  labelled?: boolean;
  /** Percent; a dash stands for one that is not known. */
  share: number | undefined;
  /** More about it, on hover. */
  hint?: string | undefined;
}

/** A share as a bar and a number. */
export function Meter({ label, labelled = false, share, hint }: Props) {
  const locale = useLocale();
  if (share === undefined) return <span className={styles.none}>{DASH}</span>;
  const words = new Intl.NumberFormat(locale, { style: 'percent' }).format(share / 100);
  return (
    <span className={styles.meter} title={[label, words, hint].filter(Boolean).join(' · ')}>
      {labelled && <span className={styles.label}>{label}</span>}
      <meter className={styles.bar} min={0} max={100} value={Math.min(share, 100)} aria-label={label}>
        {words}
      </meter>
      <span className={styles.words}>{words}</span>
    </span>
  );
}

interface MemoryProps extends Pick<Props, 'label' | 'labelled'> {
  /** Bytes. */
  used: number | undefined;
  /** Bytes. */
  total: number | undefined;
}

/** How full a memory is. */
export function MemoryMeter({ used, total, ...props }: MemoryProps) {
  const locale = useLocale();
  if (used === undefined || !total) return <Meter {...props} share={undefined} />;
  const hint = `${formatBytes(used, locale)} / ${formatBytes(total, locale)}`;
  return <Meter {...props} share={(used / total) * 100} hint={hint} />;
}
