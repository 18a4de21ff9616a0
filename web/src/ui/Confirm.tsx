import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { createContext, type FormEvent, type ReactNode, use, useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './Confirm.module.css';
import { FormError } from './FormError.tsx';

export interface Question {
  title: string;
  /** What it touches, with counts, and whether it can be undone. */
  text: ReactNode;
  /** The word on the button: what will be done, never "OK". */
  action: string;
  /** Does it. The dialog stays open meanwhile, and says why it failed if it did. */
  run: () => Promise<unknown>;
  /** A name to be typed first, where a slip would cost much. */
  typed?: string;
  /** Without danger the button is not red. */
  harmless?: boolean;
}

type Ask = (question: Question) => Promise<boolean>;

const AskContext = createContext<Ask | undefined>(undefined);

/** Asks before something that cannot be undone. Answers whether it was done. */
export function useConfirm(): Ask {
  const ask = use(AskContext);
  if (!ask) throw new Error('useConfirm needs a ConfirmProvider around it');
  return ask;
}

/** The one dialog that asks; around everything that may ask. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question>();
  const [opened, setOpened] = useState(false);
  const answer = useRef<(done: boolean) => void>(undefined);
  const ask = useCallback<Ask>((next) => {
    answer.current?.(false);
    setQuestion(next);
    setOpened(true);
    return new Promise((resolve) => {
      answer.current = resolve;
    });
  }, []);
  const close = useCallback((done: boolean) => {
    setOpened(false);
    answer.current?.(done);
    answer.current = undefined;
  }, []);
  return (
    <AskContext value={ask}>
      {children}
      {question && <Dialog {...{ question, opened }} onClose={close} onGone={() => setQuestion(undefined)} />}
    </AskContext>
  );
}

interface DialogProps {
  question: Question;
  opened: boolean;
  onClose: (done: boolean) => void;
  /** The dialog has faded away. */
  onGone: () => void;
}

function Dialog({ question, opened, onClose, onGone }: DialogProps) {
  const { t } = useTranslation();
  const { title, text, action, run, typed, harmless = false } = question;
  const [name, setName] = useState('');
  const mutation = useMutation({ mutationFn: run, onSuccess: () => onClose(true) });
  const isNamed = typed === undefined || name.trim() === typed;
  const cancel = () => {
    // What has begun cannot be called off by looking away.
    if (!mutation.isPending) onClose(false);
  };
  function submit(event: FormEvent) {
    event.preventDefault();
    if (isNamed) mutation.mutate();
  }
  return (
    <Modal
      opened={opened}
      onClose={cancel}
      onExitTransitionEnd={onGone}
      title={<strong>{title}</strong>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit} className={styles.form}>
        <FormError error={mutation.error} />
        <div className={styles.text}>{text}</div>
        {typed !== undefined && (
          <TextInput
            label={t('confirm.typeName', { name: typed })}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={cancel} disabled={mutation.isPending}>
            {t('action.cancel')}
          </Button>
          <Button
            type="submit"
            {...(!harmless && { color: 'red' })}
            disabled={!isNamed}
            loading={mutation.isPending}
            data-autofocus={typed === undefined || undefined}
          >
            {action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
