import { Kbd, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type PageKey, usePresentKeys } from '../ui/pageKeys.ts';
import { modifier } from './keyNames.ts';
import styles from './ShortcutsSheet.module.css';
import { closeShortcuts, useShortcutsOpened } from './shortcuts.ts';

const everywhere: readonly PageKey[] = [
  { keys: [modifier, 'K'], does: 'shortcuts.palette' },
  { keys: ['?'], does: 'shortcuts.sheet' },
];

/** `?`: the keys that work on this page, and those that work on every page. */
export function ShortcutsSheet() {
  const { t } = useTranslation();
  const here = usePresentKeys();
  return (
    <Modal
      opened={useShortcutsOpened()}
      onClose={closeShortcuts}
      title={<strong>{t('shortcuts.title')}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {here.length > 0 && <Keys title={t('shortcuts.here')} keys={here} />}
      <Keys title={t('shortcuts.everywhere')} keys={everywhere} />
    </Modal>
  );
}

function Keys({ title, keys }: { title: string; keys: readonly PageKey[] }) {
  const { t } = useTranslation();
  return (
    <section className={styles.group}>
      <h3 className={styles.title}>{title}</h3>
      <dl className={styles.keys}>
        {keys.map((entry) => (
          <div key={entry.does} className={styles.entry}>
            <dt>{t(entry.does)}</dt>
            <dd>
              {entry.keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
