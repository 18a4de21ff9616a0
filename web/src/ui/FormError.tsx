import { Alert } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { toFailure } from '../api/failure.ts';

/** Why a form was not accepted; what was typed stays. */
export function FormError({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!error) return null;
  const { kind, detail } = toFailure(error);
  return (
    <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
      {kind === 'refused' ? detail : t(`failure.${kind}.text`)}
    </Alert>
  );
}
