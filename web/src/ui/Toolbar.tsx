import { CloseButton, Kbd, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedCallback, useMergedRef } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { type ReactNode, type Ref, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './Toolbar.module.css';

export function Toolbar({ children }: { children: ReactNode }) {
  return <div className={styles.toolbar}>{children}</div>;
}

interface SearchProps {
  value: string;
  onSearch: (text: string) => void;
  placeholder: string;
  ref?: Ref<HTMLInputElement>;
}

/** A search field whose text goes to the address a moment after the last key; `/` puts the focus here. */
export function SearchInput({ value, onSearch, placeholder, ref }: SearchProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  const merged = useMergedRef(ref, field);
  const sent = useRef(value);
  const send = useDebouncedCallback((text: string) => {
    sent.current = text;
    onSearch(text);
  }, 250);
  // The address can change without typing (back button, a link): the field then follows it.
  useEffect(() => {
    if (value !== sent.current) setTyped(value);
    sent.current = value;
  }, [value]);
  function type(text: string) {
    setTyped(text);
    send(text);
  }
  return (
    <TextInput
      ref={merged}
      className={styles.search}
      type="search"
      value={typed}
      placeholder={placeholder}
      aria-label={placeholder}
      leftSection={<IconSearch size={16} />}
      rightSection={
        typed ? (
          <CloseButton size="sm" aria-label={t('action.clear')} onClick={() => type('')} />
        ) : (
          <Kbd size="xs" className={styles.kbd}>
            /
          </Kbd>
        )
      }
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // Browsers empty a search field on Escape; here it only hands the keys back to the list.
        event.preventDefault();
        field.current?.blur();
      }}
    />
  );
}

interface ChipsProps<Value extends string> {
  label: string;
  options: readonly { value: Value; label: string }[];
  selected: readonly Value[];
  onToggle: (value: Value) => void;
}

/** Filters as chips: each is pressed or not. */
export function FilterChips<Value extends string>({ label, options, selected, onToggle }: ChipsProps<Value>) {
  return (
    <fieldset className={styles.chips} aria-label={label}>
      {options.map((option) => (
        <UnstyledButton
          key={option.value}
          className={styles.chip}
          aria-pressed={selected.includes(option.value)}
          onClick={() => onToggle(option.value)}
        >
          {option.label}
        </UnstyledButton>
      ))}
    </fieldset>
  );
}
