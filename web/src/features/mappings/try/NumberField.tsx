import { NumberInput, type NumberInputProps } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { numberIn } from './schema.ts';

interface Props extends Omit<NumberInputProps, 'value' | 'onChange' | 'required'> {
  value: unknown;
  /** Is given a number, an empty text where one has to be, and undefined where it is left out. */
  onChange: (value: number | '' | undefined) => void;
  required: boolean;
  /** Takes no fractions. */
  whole: boolean;
}

/** A number. A fraction where none may be is not swallowed while it is typed, which would make 15 of 1.5: the field says so. */
export function NumberField({ value, onChange, required, whole, error, ...rest }: Props) {
  const { t } = useTranslation();
  // What stands there on the way to a number, such as "1." on that to 1.5, and the number it means so far.
  const [typed, setTyped] = useState<string | number>('');
  const known = typeof value === 'number' ? value : undefined;
  return (
    <NumberInput
      {...rest}
      required={required}
      value={numberIn(typed) === known ? typed : (known ?? '')}
      onChange={(next) => {
        setTyped(next);
        onChange(numberIn(next) ?? (required ? '' : undefined));
      }}
      error={whole && known !== undefined && !Number.isInteger(known) ? t('mappings.try.whole') : error}
      clampBehavior="none"
    />
  );
}
