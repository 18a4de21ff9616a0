import { Alert, Button, Group } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './profile.module.css';

/** A secret that is shown once: says so, and closes only by an explicit step. */
export function Secret({ onDone, children }: { onDone: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={styles.secret}>
      <Alert color="yellow" variant="light" icon={<IconEyeOff size={18} />}>
        {t('keys.once')}
      </Alert>
      {children}
      <Group justify="flex-end">
        <Button onClick={onDone}>{t('action.done')}</Button>
      </Group>
    </div>
  );
}
