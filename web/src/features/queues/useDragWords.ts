import type { DndContextProps, UniqueIdentifier } from '@dnd-kit/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { KnownEntry } from './entryActions.ts';

/** What a screen reader says while an entry is dragged. */
export function useDragWords(entries: readonly KnownEntry[]): NonNullable<DndContextProps['accessibility']> {
  const { t } = useTranslation();
  return useMemo(() => {
    const entryOf = (id: UniqueIdentifier | undefined) => entries.find(({ task }) => task.id === id);
    const nameOf = (id: UniqueIdentifier) => entryOf(id)?.task.name ?? '';
    const placeOf = (id: UniqueIdentifier | undefined) => entryOf(id)?.place ?? 0;
    return {
      screenReaderInstructions: { draggable: t('queues.drag.how') },
      announcements: {
        onDragStart: ({ active }) =>
          t('queues.drag.picked', { name: nameOf(active.id), place: placeOf(active.id) }),
        onDragOver: ({ active, over }) =>
          over ? t('queues.drag.over', { name: nameOf(active.id), place: placeOf(over.id) }) : undefined,
        onDragEnd: ({ active, over }) =>
          t('queues.drag.dropped', { name: nameOf(active.id), place: placeOf(over?.id ?? active.id) }),
        onDragCancel: ({ active }) => t('queues.drag.cancelled', { name: nameOf(active.id) }),
      },
    };
  }, [t, entries]);
}
