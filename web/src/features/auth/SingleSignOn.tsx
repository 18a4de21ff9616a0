import { Alert, Button, Divider } from '@mantine/core';
import { IconAlertCircle, IconLogin2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { clearml } from '../../api/clearml.ts';
import { basePath } from '../../app/base.ts';
import { safeTarget } from './target.ts';

/** The way in through the lab's own identity provider; nothing where none is configured. */
export function SingleSignOn() {
  const { t } = useTranslation();
  const { sso_error: error, next } = getRouteApi('/login').useSearch();
  const { data: providers = [] } = useQuery({
    queryKey: ['login', 'providers'],
    queryFn: async () => {
      const { sso_providers = [] } = await clearml.call('login.supported_modes', {});
      return sso_providers as { name: string; url: string; displayName: string }[];
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <>
      {error && (
        <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
          {t('login.ssoFailed', { reason: error })}
        </Alert>
      )}
      {providers.length > 0 && <Divider label={t('login.or')} labelPosition="center" />}
      {providers.map(({ name, url, displayName }) => (
        <Button
          key={name}
          component="a"
          href={`${basePath}${url}?next=${encodeURIComponent(safeTarget(next))}`}
          variant="default"
          size="md"
          fullWidth
          leftSection={<IconLogin2 size={18} />}
        >
          {t('login.sso', { provider: displayName })}
        </Button>
      ))}
    </>
  );
}
