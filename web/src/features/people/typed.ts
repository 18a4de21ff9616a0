import type { UseFormReturnType } from '@mantine/form';

/**
 * Input properties of a field that is judged as people leave it, once they have typed something: an error under an empty field would
 * push away the button they are about to press.
 */
export function typedProps<Values extends Record<string, unknown>>(
  form: UseFormReturnType<Values>,
  field: keyof Values & string,
) {
  const judge = () => {
    if (form.getValues()[field] !== '') form.validateField(field);
  };
  return { ...form.getInputProps(field), onBlur: judge };
}
