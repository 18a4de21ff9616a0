import { Alert, Button, Group, Stack } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** A secret that is shown once: says so, and closes only by an explicit step. */
export function Secret({ onDone, children }: { onDone: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Stack gap={14}>
      <Alert color="yellow" variant="light" icon={<IconEyeOff size={18} />}>
        {t('secret.once')}
      </Alert>
      {children}
      <Group justify="flex-end">
        <Button onClick={onDone}>{t('action.done')}</Button>
      </Group>
    </Stack>
  );
}
