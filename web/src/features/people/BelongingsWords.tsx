import type { Belongings } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import styles from './people.module.css';

const staying = ['tasks', 'models', 'projects'] as const;
const going = ['keys', 'tokens', 'sessions', 'shares'] as const;
/** Mappings that are named; the count says how many there are. */
const shownNames = 5;

/** What stays when an account is deleted, and what goes with it, with counts. */
export function BelongingsWords({ belongings }: { belongings: Belongings }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { mappings, running_tasks: running } = belongings;
  const number = (count: number) => ({ count, formatted: formatNumber(count, locale) });
  const counted = (kind: (typeof staying)[number] | (typeof going)[number]) => {
    const count = belongings[kind];
    return count > 0 ? [t(`people.belongings.${kind}`, number(count))] : [];
  };
  const names = mappings.slice(0, shownNames).map(({ alias }) => alias);
  const listed = mappings.length > shownNames ? [...names, '…'] : names;
  const places =
    mappings.length > 0
      ? [t('people.belongings.mappings', { ...number(mappings.length), names: listed.join(', ') })]
      : [];
  return (
    <div className={styles.facts}>
      <Facts title={t('people.belongings.stays')} facts={staying.flatMap(counted)} />
      <Facts title={t('people.belongings.goes')} facts={[...going.flatMap(counted), ...places]} />
      {running > 0 && <p>{t('people.belongings.running', number(running))}</p>}
    </div>
  );
}

function Facts({ title, facts }: { title: string; facts: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <div>
      <strong>{title}</strong>
      <ul>
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
        {facts.length === 0 && <li className="dim">{t('people.belongings.nothing')}</li>}
      </ul>
    </div>
  );
}
