import { type Role, type RoleMap, roles } from '@arno/protocol';
import { ActionIcon, Alert, Button, Group, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { IconLock, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../ui/FormError.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Panel } from '../../ui/Page.tsx';
import styles from './access.module.css';
import { rolesCheckQuery, saveRoles } from './queries.ts';
import { RoleChanges } from './RoleChanges.tsx';
import { RoleTest } from './RoleTest.tsx';

interface Values {
  rows: { name: string; role: Role }[];
}

/** What the provider's roles mean here: edited, tried, and saved with a look at who gets another role. */
export function RoleMapEditor({ map }: { map: RoleMap }) {
  const { t } = useTranslation();
  const { form, save } = useRoleMap(map);
  const isFixed = map.fixed_by !== undefined;
  const [draft] = useDebouncedValue(mapOf(form.values), 300);
  const isDirty = form.isDirty();
  const check = useQuery({ ...rolesCheckQuery(draft, []), enabled: isDirty && form.isValid() });
  return (
    <div className={styles.pair}>
      <Panel title={t('access.roles.title')}>
        <form
          noValidate
          className={styles.form}
          onSubmit={form.onSubmit((values) => save.mutate(mapOf(values)))}
        >
          <p className="dim">{t('access.roles.text')}</p>
          {isFixed && <FixedBy name={map.fixed_by ?? ''} />}
          <FormError error={save.error} />
          {form.values.rows.map((row, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
            <Row key={place} {...{ form, place, isFixed }} label={row.name} />
          ))}
          {!isFixed && (
            <Group justify="space-between" gap="sm">
              <Button
                variant="default"
                leftSection={<IconPlus size={16} />}
                onClick={() => form.insertListItem('rows', { name: '', role: 'developer' })}
              >
                {t('access.roles.add')}
              </Button>
              <Button type="submit" disabled={!isDirty} loading={save.isPending}>
                {t('action.save')}
              </Button>
            </Group>
          )}
          {isDirty && check.data && <RoleChanges changes={check.data.changes} />}
        </form>
      </Panel>
      <RoleTest roles={draft} />
    </div>
  );
}

function useRoleMap({ roles: saved }: RoleMap) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm<Values>({
    initialValues: { rows: Object.entries(saved).map(([name, role]) => ({ name, role })) },
    validateInputOnBlur: true,
    validate: {
      rows: {
        name: (name, { rows }) => {
          if (name.trim() === '') return t('access.roles.missing');
          if (/[=,]/.test(name)) return t('access.roles.wrong');
          return rows.filter((row) => row.name.trim() === name.trim()).length > 1
            ? t('access.roles.twice')
            : null;
        },
      },
    },
  });
  const save = useMutation({
    mutationFn: saveRoles,
    onSuccess: () => {
      notifyDone(t('access.roles.saved'));
      return Promise.all([
        client.invalidateQueries({ queryKey: ['access'] }),
        client.invalidateQueries({ queryKey: ['people'] }),
      ]);
    },
  });
  return { form, save };
}

function mapOf({ rows }: Values): Record<string, Role> {
  return Object.fromEntries(
    rows.filter(({ name }) => name.trim()).map(({ name, role }) => [name.trim(), role]),
  );
}

interface RowProps {
  form: ReturnType<typeof useRoleMap>['form'];
  place: number;
  isFixed: boolean;
  label: string;
}

function Row({ form, place, isFixed, label }: RowProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.roleRow}>
      <TextInput
        aria-label={t('access.roles.name')}
        placeholder={t('access.roles.name')}
        maxLength={200}
        spellCheck={false}
        disabled={isFixed}
        {...form.getInputProps(`rows.${place}.name`)}
      />
      <Select
        aria-label={t('access.roles.means', { name: label })}
        data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
        allowDeselect={false}
        disabled={isFixed}
        {...form.getInputProps(`rows.${place}.role`)}
      />
      {!isFixed && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t('access.roles.remove', { name: label })}
          onClick={() => form.removeListItem('rows', place)}
        >
          <IconTrash size={16} />
        </ActionIcon>
      )}
    </div>
  );
}

/** Why something cannot be edited here. */
export function FixedBy({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <Alert color="gray" variant="light" icon={<IconLock size={18} />}>
      {t('access.fixedBy', { name })}
    </Alert>
  );
}
