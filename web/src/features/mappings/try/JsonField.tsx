import { useState } from 'react';
import { JsonEditor } from '../../../ui/JsonEditor.tsx';

interface Props {
  label: string;
  description?: string | undefined;
  /** Undefined when it is left out. */
  value: unknown;
  onChange: (value: unknown) => void;
  required?: boolean;
  error?: string | undefined;
}

/** A value of any kind, typed as JSON. While the text is none, the last value that was one holds. */
export function JsonField({ value, onChange, required = false, ...rest }: Props) {
  const [typed, setTyped] = useState<{ text: string; value: unknown }>();
  // Another value than what was typed came from elsewhere: the text follows it.
  const isTyped = typed !== undefined && Object.is(typed.value, value);
  const text = isTyped ? typed.text : value === undefined ? '' : JSON.stringify(value, null, 2);
  function change(next: string) {
    const parsed = read(next);
    const known = parsed ? parsed.value : value;
    setTyped({ text: next, value: known });
    if (parsed) onChange(known);
  }
  return (
    <JsonEditor
      {...rest}
      required={required}
      minRows={2}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

function read(text: string): { value: unknown } | undefined {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
