import { useTranslation } from 'react-i18next';
import { RelativeTime } from '../../ui/Time.tsx';

/** When a key pair or token was used last, and from where; "never" is worth saying: nobody would miss it. */
export function LastUse({ at, from }: { at: string | undefined; from?: string | undefined }) {
  const { t } = useTranslation();
  if (!at) return t('keys.never');
  return (
    <>
      <RelativeTime value={at} />
      {from && <span className="dim"> · {from}</span>}
    </>
  );
}
