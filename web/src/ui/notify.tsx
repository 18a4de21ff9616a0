import { Button, Group } from '@mantine/core';
import { type NotificationData, notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import i18next from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { toFailure } from '../api/failure.ts';

/** Long enough to read it, notice the mistake and reach the button; a pointer on it stops the clock. */
const UNDO_MS = 12_000;

/** Shows a message, with a close button that says its name in the person's language. */
function say(message: NotificationData): string {
  return notifications.show({ closeButtonProps: { 'aria-label': i18next.t('action.close') }, ...message });
}

/** Says in a corner what was done. */
export function notifyDone(message: ReactNode): void {
  say({ color: 'indigo', message });
}

/** Says in a corner what could not be done, and why. */
export function notifyFailure(title: string, error: unknown): void {
  const { kind, detail } = toFailure(error);
  const message = kind === 'refused' ? detail : i18next.t(`failure.${kind}.text`);
  say({ color: 'red', title, message, autoClose: UNDO_MS });
}

interface Undoable {
  /** What was done, with counts: "3 mappings deleted". */
  message: string;
  /** Takes it back on the server. */
  undo: () => Promise<unknown>;
  /** What is said after that: "3 mappings are back". */
  undone: string;
}

/** Says what was done at once, with a button that takes it back. */
export function notifyUndo({ message, undo, undone }: Undoable): void {
  const id = say({
    color: 'indigo',
    autoClose: UNDO_MS,
    message: (
      <UndoMessage
        message={message}
        undo={undo}
        onDone={() => notifications.update({ id, color: 'indigo', message: undone, autoClose: 4_000 })}
      />
    ),
  });
}

function UndoMessage({ message, undo, onDone }: Pick<Undoable, 'message' | 'undo'> & { onDone: () => void }) {
  const { t } = useTranslation();
  const mutation = useMutation({
    mutationFn: undo,
    onSuccess: onDone,
    onError: (error) => notifyFailure(t('undo.failed'), error),
  });
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <span>{message}</span>
      <Button
        size="compact-sm"
        variant="light"
        style={{ flex: 'none' }}
        loading={mutation.isPending}
        onClick={() => mutation.mutate()}
      >
        {t('undo.action')}
      </Button>
    </Group>
  );
}
