import { Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useConfirm } from '../../ui/Confirm.tsx';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Section } from '../../ui/Page.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import styles from './mappings.module.css';
import { callbackSecret } from './queries.ts';

/** What signs the callbacks of a task's calls. It is fetched when somebody wants to see it, and kept nowhere. */
export function CallbackSecret({ id }: { id: string }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const secret = useMutation({ mutationFn: (renew: boolean) => callbackSecret(id, renew), gcTime: 0 });
  async function renew() {
    const done = await confirm({
      title: t('mappings.secret.renewTitle'),
      text: t('mappings.secret.renewText'),
      action: t('mappings.secret.renew'),
      run: () => secret.mutateAsync(true),
    });
    if (done) notifyDone(t('mappings.secret.renewed'));
  }
  return (
    <Section title={t('mappings.secret.title')}>
      <div className={styles.stack}>
        <p className="dim">{t('mappings.secret.text')}</p>
        <FormError error={secret.error} />
        {secret.data && <Snippet title={t('mappings.secret.title')} code={secret.data.callback_secret} />}
        <Group gap="xs">
          {secret.data ? (
            <Button size="xs" variant="default" onClick={() => secret.reset()}>
              {t('mappings.secret.hide')}
            </Button>
          ) : (
            <Button
              size="xs"
              variant="default"
              loading={secret.isPending}
              onClick={() => secret.mutate(false)}
            >
              {t('mappings.secret.show')}
            </Button>
          )}
          <Button size="xs" variant="subtle" color="red" onClick={renew}>
            {t('mappings.secret.renew')}
          </Button>
        </Group>
      </div>
    </Section>
  );
}
