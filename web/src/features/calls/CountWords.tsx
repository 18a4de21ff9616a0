import type { CallsCount } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';

/** How many calls something is about. */
export function CountWords({ count }: { count: CallsCount | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (!count) return <Skeleton height={20} />;
  const words = { value: formatNumber(count.total, locale), count: count.total };
  return <p>{t(count.more ? 'calls.shownMore' : 'calls.shown', words)}</p>;
}
