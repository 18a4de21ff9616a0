import { Button } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconWand } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useTaskProposal } from '../useTaskProposal.ts';
import styles from './form.module.css';
import type { TaskValues } from './values.ts';

/** Fills in schema and example from the parameters of the chosen task, where it has some. */
export function ProposeSchema({ form }: { form: UseFormReturnType<TaskValues> }) {
  const { t } = useTranslation();
  const { task_id: id, input_schema, example } = form.values;
  const { data } = useTaskProposal(id);
  if (!data || input_schema.trim() || example.trim()) return null;
  return (
    <div className={styles.wide}>
      <Button
        size="xs"
        variant="light"
        leftSection={<IconWand size={15} />}
        onClick={() => {
          form.setFieldValue('input_schema', JSON.stringify(data.schema, null, 2));
          form.setFieldValue('example', JSON.stringify(data.example, null, 2));
        }}
      >
        {t('mappings.form.propose')}
      </Button>
    </div>
  );
}
