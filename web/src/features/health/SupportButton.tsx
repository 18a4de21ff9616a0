import { Button } from '@mantine/core';
import { IconFileDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { basePath } from '../../app/base.ts';

/** Downloads what helps to find a fault. The server leaves every secret out. */
export function SupportButton() {
  const { t } = useTranslation();
  return (
    <Button
      component="a"
      href={`${basePath}/console/v1/system/support-bundle`}
      download
      variant="default"
      leftSection={<IconFileDownload size={16} />}
      title={t('health.support.text')}
    >
      {t('health.support.action')}
    </Button>
  );
}
