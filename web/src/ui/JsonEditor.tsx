import { Textarea, type TextareaProps } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './JsonEditor.module.css';
import { jsonFault } from './jsonText.ts';

/**
 * A field for JSON as text. Says where the text stops being JSON when the person leaves it; give it to a form with
 * `form.getInputProps`, and refuse bad text there with `jsonFault`.
 */
export function JsonEditor({ onBlur, onChange, error, ...props }: TextareaProps) {
  const { t } = useTranslation();
  const [fault, setFault] = useState<ReturnType<typeof jsonFault>>();
  return (
    <Textarea
      autosize
      minRows={4}
      maxRows={18}
      spellCheck={false}
      autoCapitalize="none"
      classNames={{ input: styles.input ?? '' }}
      {...props}
      error={fault ? t('json.fault', fault) : error}
      onChange={(event) => {
        // A fault is said when the person leaves the field and unsaid as soon as it is mended.
        if (fault) setFault(jsonFault(event.currentTarget.value));
        onChange?.(event);
      }}
      onBlur={(event) => {
        setFault(jsonFault(event.currentTarget.value));
        onBlur?.(event);
      }}
    />
  );
}
