import type { CallCallback as Callback } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import { Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './CallSheet.module.css';

/** Who is told of the end, and how each try went. */
export function CallCallback({ callback }: { callback: Callback }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { url, state, next_try_at: next, tries } = callback;
  return (
    <Section title={t('calls.callback.title')}>
      <p className={styles.callbackUrl}>{url}</p>
      <p className="dim" style={{ fontSize: 13 }}>
        {t(`calls.callback.states.${state}`)}
        {next && (
          <>
            {' · '}
            {t('calls.callback.next')} <RelativeTime value={next} />
          </>
        )}
      </p>
      {tries.length > 0 && (
        <ol className={styles.tries}>
          {tries.map(({ at, duration_ms: took, http_status: status, error }) => (
            <li key={at}>
              <RelativeTime value={at} />
              <span data-failed={error !== undefined || undefined}>
                {status ? `HTTP ${status}` : ''} {error}
              </span>
              <span className="dim">{formatNumber(took, locale)} ms</span>
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
