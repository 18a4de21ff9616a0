import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatDate, parseTime } from '../../ui/format.ts';
import { useNow } from '../../ui/useNow.ts';
import styles from './profile.module.css';

const SOON_MS = 14 * 86_400_000;

/** The day something ends, with a warning when that is near or past. */
export function Expiry({ at }: { at: string | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useNow();
  const time = parseTime(at);
  if (time === undefined) return t('keys.noExpiry');
  const date = formatDate(time, locale);
  if (time - now > SOON_MS) return date;
  const isOver = time <= now;
  return (
    <span className={styles.expiry} data-over={isOver || undefined}>
      <IconAlertTriangle size={15} />
      {t(isOver ? 'keys.expired' : 'keys.expiresSoon', { date })}
    </span>
  );
}
