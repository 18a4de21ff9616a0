import type { AuditEntryDetail } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import styles from './audit.module.css';
import { differencesOf, shownValue } from './differences.ts';

/** Each field that changed with what stood there before and what stands there now. */
export function Differences({ entry }: { entry: AuditEntryDetail }) {
  const { t } = useTranslation();
  const lines = differencesOf(entry);
  const words = (value: unknown) => {
    if (typeof value === 'boolean') return t(value ? 'audit.yes' : 'audit.no');
    // An empty list or text is something else than nothing.
    return shownValue(value, entry.names) || t('audit.emptyValue');
  };
  if (lines.length === 0) return <p className="dim">{t('audit.noFields')}</p>;
  return (
    <dl className={styles.lines}>
      {lines.map(({ field, before, after }) => (
        <div key={field} className={styles.line}>
          <dt className="mono">{field}</dt>
          {before !== undefined && (
            <Side sign="−" word={t('audit.before')} text={words(before)} isReplaced={after !== undefined} />
          )}
          {after !== undefined && <Side sign="+" word={t('audit.after')} text={words(after)} />}
        </div>
      ))}
    </dl>
  );
}

interface SideProps {
  sign: string;
  word: string;
  text: string;
  /** Another value took its place. */
  isReplaced?: boolean;
}

function Side({ sign, word, text, isReplaced = false }: SideProps) {
  return (
    <dd className={styles.side} data-replaced={isReplaced || undefined}>
      <span className={styles.sign} title={word} role="img" aria-label={word}>
        {sign}
      </span>
      <span className={styles.value}>{text}</span>
    </dd>
  );
}
