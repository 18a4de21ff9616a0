import type { SystemSettings } from '@arno/protocol';
import { Button, Group, NumberInput, Stack, Switch, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConfirm } from '../../ui/Confirm.tsx';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Panel } from '../../ui/Page.tsx';
import { showServerError } from '../../ui/serverErrors.ts';
import { changeSettings, settingsQuery } from './queries.ts';

const MOST_DAYS = 36_500;
const AT_FIRST = 90;

interface Values {
  forever: boolean;
  call_retention_days: number | string;
}

/** How long the log of calls keeps a call. */
export function CallRetention({ calls }: Pick<SystemSettings, 'calls'>) {
  const { t } = useTranslation();
  const isFixed = calls.source === 'environment';
  return (
    <Panel title={t('settings.calls.title')}>
      {/* Another value of the server begins the form anew. */}
      <RetentionForm key={`${calls.retention_days} ${calls.source}`} calls={calls} disabled={isFixed} />
      {isFixed && (
        <Text size="sm" c="dimmed" mt="sm">
          {t('settings.calls.fixed')}
        </Text>
      )}
    </Panel>
  );
}

function RetentionForm({ calls, disabled }: Pick<SystemSettings, 'calls'> & { disabled: boolean }) {
  const { t } = useTranslation();
  const { form, fault, save, submit } = useRetention(calls);
  const { forever } = form.values;
  const isSet = calls.source === 'console';
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="sm">
        <FormError error={fault} />
        <NumberInput
          label={t('settings.calls.days')}
          description={t('settings.calls.text')}
          min={1}
          max={MOST_DAYS}
          allowDecimal={false}
          maw={260}
          disabled={disabled || forever}
          {...form.getInputProps('call_retention_days')}
        />
        <Switch
          label={t('settings.calls.forever')}
          disabled={disabled}
          {...form.getInputProps('forever', { type: 'checkbox' })}
        />
        {!disabled && (
          <Group gap="sm">
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {t('settings.save')}
            </Button>
            {isSet && (
              <Button variant="subtle" onClick={() => save.mutate(null)} disabled={save.isPending}>
                {t('settings.calls.default', { days: calls.default_days })}
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </form>
  );
}

function useRetention({ retention_days: now }: SystemSettings['calls']) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const confirm = useConfirm();
  const [fault, setFault] = useState<unknown>();
  const form = useForm<Values>({
    initialValues: { forever: now === 0, call_retention_days: now || AT_FIRST },
    validateInputOnBlur: true,
    validate: {
      call_retention_days: (days, { forever }) =>
        forever || isDays(days) ? null : t('settings.calls.wrong', { most: MOST_DAYS }),
    },
  });
  const save = useMutation({
    mutationFn: (days: number | null) => changeSettings({ call_retention_days: days }),
    onSuccess: (settings) => {
      client.setQueryData(settingsQuery.queryKey, settings);
      notifyDone(t('settings.saved'));
      return client.invalidateQueries({ queryKey: ['system'] });
    },
    onError: (error) => setFault(showServerError(form, error)),
  });
  async function submit({ forever, call_retention_days: given }: Values) {
    setFault(undefined);
    const days = forever ? 0 : Number(given);
    const losesSome = days > 0 && (now === 0 || days < now);
    if (!losesSome) return save.mutate(days);
    await confirm({
      title: t('settings.calls.confirm'),
      text: t('settings.calls.confirmText', { count: days }),
      action: t('settings.calls.confirmAction'),
      run: () => save.mutateAsync(days),
    });
  }
  return { form, fault, save, submit };
}

function isDays(value: number | string): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_DAYS;
}
