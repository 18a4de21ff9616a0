import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  type Modifier,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { SortableContext, sortableKeyboardCoordinates, verticalListSortingStrategy } from '@dnd-kit/sortable';
import type { ReactNode } from 'react';
import type { KnownEntry } from './entryActions.ts';
import { useDragWords } from './useDragWords.ts';

interface Props {
  entries: readonly KnownEntry[];
  disabled: boolean;
  onStart: () => void;
  /** Without an event the person thought better of it. */
  onEnd: (event?: DragEndEvent) => void;
  children: ReactNode;
}

/** Around a list of entries that are dragged by their handles, up and down only, with the pointer or the keyboard. */
export function DragArea({ entries, disabled, onStart, onEnd, children }: Props) {
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      modifiers={[upAndDown]}
      accessibility={useDragWords(entries)}
      onDragStart={onStart}
      onDragCancel={() => onEnd()}
      onDragEnd={onEnd}
    >
      <SortableContext
        items={entries.map(({ task }) => task.id)}
        strategy={verticalListSortingStrategy}
        disabled={disabled}
      >
        {children}
      </SortableContext>
    </DndContext>
  );
}

const upAndDown: Modifier = ({ transform }) => ({ ...transform, x: 0 });
