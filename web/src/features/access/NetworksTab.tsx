import type { AllowedNetworks, NetworksCheck } from '@arno/protocol';
import { Button, Group, Skeleton, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConsoleApiError } from '../../api/console.ts';
import { useConfirm } from '../../ui/Confirm.tsx';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import styles from './access.module.css';
import { LeftOut } from './LeftOut.tsx';
import { networkOfAddress, networksOf } from './networkLines.ts';
import { accessQuery, networksCheckQuery, saveNetworks } from './queries.ts';
import { FixedBy } from './RoleMapEditor.tsx';

/** The networks that may reach the ClearML API and the file server. */
export function NetworksTab() {
  const { data, isError, error, refetch } = useQuery(accessQuery);
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  if (!data) return <Skeleton height={280} radius="lg" />;
  return <NetworksEditor key={data.networks.networks.join()} settings={data.networks} />;
}

function NetworksEditor({ settings }: { settings: AllowedNetworks }) {
  const { t } = useTranslation();
  const { text, setText, check, save, trySave, isDirty } = useNetworks(settings);
  const { your_address: own, fixed_by: fixedBy } = settings;
  const isFixed = fixedBy !== undefined;
  const wrong = check.error ?? save.error;
  const fault = wrong instanceof ConsoleApiError && wrong.field === 'networks' ? wrong.message : undefined;
  const leavesOut = isDirty && check.data?.includes_you === false;
  return (
    <Panel title={t('access.networks.title')}>
      <div className={styles.form}>
        <p className="dim">{t('access.networks.text')}</p>
        {isFixed && <FixedBy name={fixedBy} />}
        {!fault && <FormError error={wrong} />}
        <Textarea
          label={t('access.networks.field')}
          description={t('access.networks.hint')}
          placeholder="10.0.0.0/8"
          className={styles.networks}
          autosize
          minRows={4}
          maxRows={16}
          spellCheck={false}
          disabled={isFixed}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={fault ?? (leavesOut && t('access.networks.leavesYou', { address: own }))}
        />
        <Group justify="space-between" gap="sm">
          <span>
            {t('access.networks.you')} <span className="mono">{own}</span>
          </span>
          {!isFixed && (
            <Group gap="sm">
              <Button
                variant="default"
                disabled={networksOf(text).includes(networkOfAddress(own))}
                onClick={() => setText([...networksOf(text), networkOfAddress(own)].join('\n'))}
              >
                {t('access.networks.addYou')}
              </Button>
              <Button disabled={!isDirty || leavesOut} loading={save.isPending} onClick={trySave}>
                {t('action.save')}
              </Button>
            </Group>
          )}
        </Group>
        {isDirty && check.data && check.data.left_out.length > 0 && <LeftOut items={check.data.left_out} />}
      </div>
    </Panel>
  );
}

function useNetworks({ networks: saved }: AllowedNetworks) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const confirm = useConfirm();
  const [text, setText] = useState(saved.join('\n'));
  const networks = networksOf(text);
  const isDirty = networks.join() !== saved.join();
  const [draft] = useDebouncedValue(networks.join('\n'), 300);
  const check = useQuery({ ...networksCheckQuery(networksOf(draft)), enabled: isDirty });
  const save = useMutation({
    mutationFn: saveNetworks,
    onSuccess: () => {
      notifyDone(t(networks.length > 0 ? 'access.networks.saved' : 'access.networks.opened'));
      return client.invalidateQueries({ queryKey: ['access'] });
    },
  });

  /** Asks first when programs that have called of late would be shut out. */
  async function trySave() {
    const { left_out: leftOut }: NetworksCheck = await client.fetchQuery(networksCheckQuery(networks));
    if (leftOut.length === 0) return save.mutate(networks);
    await confirm({
      title: t('access.networks.ask', { count: leftOut.length }),
      text: <LeftOut items={leftOut} />,
      action: t('action.save'),
      run: () => save.mutateAsync(networks),
    });
  }
  // What is wrong with the networks stands beside them, from the check.
  return { text, setText, check, save, trySave: () => void trySave().catch(() => {}), isDirty };
}
