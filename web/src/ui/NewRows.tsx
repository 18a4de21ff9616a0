import { Button } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import styles from './NewRows.module.css';

/** "12 new": shows what waits when the person asks for it. */
export function NewRows({ count, onShow }: { count: number; onShow: () => void }) {
  const { t } = useTranslation();
  if (count === 0) return null;
  return (
    <div className={styles.place} role="status">
      <Button size="compact-sm" radius="xl" leftSection={<IconArrowUp size={14} />} onClick={onShow}>
        {t('list.new', { count })}
      </Button>
    </div>
  );
}
