import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './Copy.module.css';
import { copyText } from './copyText.ts';

const SHOWN_MS = 1_500;

function useCopied() {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return { copied, copy: (text: string) => copyText(text).then(setCopied) };
}

/** A button that copies `value`. */
export function CopyButton({ value, label }: { value: string; label?: string }) {
  const { t } = useTranslation();
  const { copied, copy } = useCopied();
  const text = copied ? t('action.copied') : (label ?? t('action.copy'));
  return (
    <Tooltip label={text}>
      <ActionIcon
        variant="subtle"
        color={copied ? 'green' : 'gray'}
        size="sm"
        aria-label={text}
        onClick={() => copy(value)}
      >
        {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** An id: its first 8 characters, the whole on hover, copied on click. */
export function Id({ value, whole = false }: { value: string; whole?: boolean }) {
  const { t } = useTranslation();
  const { copied, copy } = useCopied();
  const shown = whole ? value : value.slice(0, 8);
  return (
    <UnstyledButton
      className={styles.id}
      title={`${value} · ${t('action.copy')}`}
      aria-label={`${shown} ${t('action.copy')}`}
      onClick={() => copy(value)}
    >
      {shown}
      {copied ? (
        <IconCheck size={13} className={styles.done} />
      ) : (
        <IconCopy size={13} className={styles.icon} />
      )}
    </UnstyledButton>
  );
}
