import { Button } from '@mantine/core';
import { IconExternalLink, IconServerOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { Panel } from '../../ui/Page.tsx';
import { Message } from '../../ui/PageStates.tsx';

/** Whether queues and workers live on this platform. */
export function useTracking() {
  return useSession().server.tracking;
}

/** In the place of queues and workers where they live on another ClearML server. */
export function TrackingElsewhere() {
  const { t } = useTranslation();
  const { web } = useTracking();
  const link = web !== undefined && (
    <Button component="a" href={web} variant="default" leftSection={<IconExternalLink size={16} />}>
      {t('workers.elsewhere.link')}
    </Button>
  );
  return (
    <Panel>
      <Message icon={IconServerOff} title={t('workers.elsewhere.title')} action={link || undefined}>
        <p>{t('workers.elsewhere.text')}</p>
      </Message>
    </Panel>
  );
}
